// Corrections of what componentize-js generates. Each must be found as often as it is expected, so that a
// new version of the tool cannot silently do without.

/** @param {string} bindings the module that componentize-js generates for a world */
export function correct(bindings) {
  // Intrinsics and imported functions come first.
  const exported = bindings.search(/^async function export_/m);
  if (exported < 0) throw changed('no exported function was found');
  let imported = bindings.slice(0, exported);
  for (const { what, pattern, by, times } of CORRECTIONS) {
    const found = imported.match(pattern)?.length ?? 0;
    if (found < 1 || found > times) throw changed(`${what} was found ${found} times`);
    imported = imported.replace(pattern, by);
  }
  return takeBackWhatWasLent(imported) + bindings.slice(exported);
}

// Texts, bytes and lists are copied into the guest's memory to be lent to a function, and then left there: a guest that
// writes much would run out of memory. Here each function notes what it lends, and frees it after the call.
function takeBackWhatWasLent(imported) {
  const [intrinsics, ...functions] = imported.split(/^(?= *function (?:import_\S+|helper)\()/m);
  const corrected = functions.map((text) => {
    if (!text.includes('$realloc')) return text;
    const changes = [
      [/^.* \{\n/, '$&const lent = [];\n'],
      [/\$realloc\(0, 0, (\d+), ([^)]*)\)/g, 'lend(lent, $1, $2)'],
      [/(_utf8AllocateAndEncode\(\w+, )\$realloc, /g, '$1(_ptr, _oldSize, align, size) => lend(lent, align, size), '],
      [/^ *(?:ret = )?\$import_\S+\(.*\);\n/m, '$&for (const ptr of lent) $dealloc(ptr);\n'],
    ];
    const result = changes.reduce((part, [pattern, by]) => part.replace(pattern, by), text);
    if (result.includes('$realloc') || !result.includes('$dealloc(ptr)')) throw changed('how arguments are lent');
    return result;
  });
  return [intrinsics, ...corrected, LENDING].join('');
}

const LENDING = `
function lend(lent, align, size) {
  const ptr = $realloc(0, 0, align, size);
  lent.push(ptr);
  return ptr;
}
`;

function changed(how) {
  return new Error(`the bindings that componentize-js generates have changed: ${how}`);
}

const CORRECTIONS = [
  // The engine takes a 64-bit integer for a core WebAssembly function only if it is not negative, and ends the
  // guest otherwise. The same 64 bits as an unsigned number are what it wants:
  // https://github.com/bytecodealliance/ComponentizeJS/issues/343
  {
    what: 'the conversion of signed integers',
    pattern: /(function toInt64\(val\) \{\s*const converted = BigInt\(val\)\s*return BigInt\.)asIntN\(/g,
    by: '$1asUintN(',
    times: 1,
  },
  {
    what: 'the conversion of floats in variants',
    pattern: /(const i64ToF64I = new )BigInt64Array\(/g,
    by: '$1BigUint64Array(',
    times: 1,
  },
  // A text may begin with U+FEFF, which a decoder takes for a byte order mark and leaves out.
  {
    what: 'the decoder of texts',
    pattern: /(const TEXT_DECODER_UTF8 = new TextDecoder\()\)/g,
    by: "$1'utf-8', { ignoreBOM: true })",
    times: 1,
  },
  // An interpreter needs some 150 ns to look at one character: leave that to the encoder.
  {
    what: 'the encoding of texts',
    pattern: /^  \/\/ Compute the exact allocation size up front[^]*?^  return res;\n/gm,
    by: `  const encoded = TEXT_ENCODER_UTF8.encode(s);
  const ptr = realloc(0, 0, 1, encoded.length);
  new Uint8Array(memory.buffer, ptr, encoded.length).set(encoded);
  return { ptr, len: encoded.length };
`,
    times: 1,
  },
  // Each call would make two objects to log, and drop them.
  {
    what: 'the logging of calls',
    pattern: /^ *_debugLog\((?:'[^']*'|'[^']*', \{[^}]*\})\);\n/gm,
    by: '',
    times: Infinity,
  },
  // Whenever a handle is lent to a function, the bindings forget to drop it once the collector finds it unused:
  // that is right only for handles that are given away, and no function that guests import takes one. (The engine
  // of today never runs finalizers at all; these lines only cost time.)
  {
    what: 'the forgetting of handles that are lent',
    pattern: /^ *finalizationRegistry_\S+\.unregister\((?!this\))\w+\);\n/gm,
    by: '',
    times: Infinity,
  },
  // An exported function that throws an ordinary error ends its guest, which should say what that error was. The
  // guest's `Error` is not the one of the bindings, which live in a realm of their own.
  {
    what: 'the test for ordinary errors',
    pattern: /(function getErrorPayload\(e\) \{[^}]*if \()e instanceof Error(\) throw e;)/g,
    by: "$1Object.prototype.toString.call(e) === '[object Error]'$2",
    times: 1,
  },
];
