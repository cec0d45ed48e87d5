// The corrections on an excerpt of what componentize-js generates; the whole is proved by the guests in tests/.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { correct } from '../bindings.mjs';

const GENERATED = `
const i64ToF64I = new BigInt64Array(1);
const i64ToF64F = new Float64Array(i64ToF64I.buffer);
const f64ToI64 = f => (i64ToF64F[0] = f, i64ToF64I[0]);
function toInt64(val) {
  const converted = BigInt(val)
  
  return BigInt.asIntN(64, converted);
}
const TEXT_DECODER_UTF8 = new TextDecoder();
const TEXT_ENCODER_UTF8 = new TextEncoder();

function _utf8AllocateAndEncode(s, realloc, memory) {
  if (typeof s !== 'string') {
    throw new TypeError('expected a string, received [' + typeof s + ']');
  }
  if (s.length === 0) { return { ptr: 1, len: 0 }; }
  // Compute the exact allocation size up front. Some older preview1
  let len = 0;
  const res = { ptr, len, codepoints };
  return res;
}

function getErrorPayload(e) {
  if (e && hasOwnProperty.call(e, 'payload')) return e.payload;
  if (e instanceof Error) throw e;
  return e;
}

class Proxy {
  call() {
    function helper(arg0, arg1) {
      var handle0 = arg0[symbolRscHandle];
      finalizationRegistry_import$proxy.unregister(arg0);
      var encodeRes = _utf8AllocateAndEncode(arg1, $realloc, $memory);
      var result26 = $realloc(0, 0, 8, len26 * 32);
      ret = $import_call(handle0, ptr0, len0);
      $dealloc(ret);
    }
  }
  [symbolDispose]() {
    finalizationRegistry_import$proxy.unregister(this);
  }
}

function import_get(arg0, arg1) {
  finalizationRegistry_import$proxy.unregister(arg0);
  _debugLog('[Instruction::CallWasm] enter', {
    funcName: 'get',
  });
  ret = $import_get(handle0, toInt64(arg1));
  $dealloc(ret);
}

async function export_run(arg0) {
  finalizationRegistry_import$proxy.unregister(e);
  var ptr14 = $realloc(0, 0, 1, len14 * 1);
}
`;

/** Runs the corrected intrinsics and gives what an expression says of them. */
function intrinsic(expression) {
  const code = correct(GENERATED);
  return new Function(`${code.slice(0, code.indexOf('class Proxy'))}; return ${expression};`)();
}

test('integers and floats cross as unsigned 64 bits', () => {
  assert.equal(intrinsic('toInt64(-1)'), 2n ** 64n - 1n);
  assert.equal(intrinsic('toInt64(5n)'), 5n);
  assert.equal(intrinsic('f64ToI64(-0)'), 2n ** 63n);
});

test('a byte order mark is a character', () => {
  assert.equal(intrinsic('TEXT_DECODER_UTF8.decode(Uint8Array.of(0xef, 0xbb, 0xbf, 97))'), '\ufeffa');
});

test('texts are encoded into memory', () => {
  const encode = intrinsic('_utf8AllocateAndEncode');
  const memory = new Uint8Array(16);
  assert.deepEqual(encode('h\u00e9', (_ptr, _old, _align, size) => 16 - size, memory), { ptr: 13, len: 3 });
  assert.deepEqual([...memory.slice(13)], [0x68, 0xc3, 0xa9]);
  assert.deepEqual(encode('', assert.fail, memory), { ptr: 1, len: 0 });
});

test('what is lent is freed after the call, in imports only', () => {
  const corrected = correct(GENERATED);
  const [imports, exports] = corrected.split('async function export_run');
  assert.match(imports, /const lent = \[\];(.|\n)*lend\(lent, 8, len26 \* 32\)(.|\n)*\$import_call.*\nfor \(const ptr of lent\)/);
  assert.equal(imports.match(/const lent = /g).length, 1);
  assert.match(exports, /\$realloc\(0, 0, 1, len14 \* 1\)/);
});

test('handles are forgotten only where they are given away or disposed of', () => {
  const forgotten = correct(GENERATED).match(/unregister\((\w+)\)/g);
  assert.deepEqual(forgotten, ['unregister(this)', 'unregister(e)']);
});

test('bindings that have changed are refused', () => {
  assert.throws(() => correct(''), /no exported function was found/);
  assert.throws(
    () => correct(GENERATED.replace('BigInt.asIntN', 'BigInt.asInt64')),
    /have changed: the conversion of signed integers was found 0 times/,
  );
  assert.throws(
    () => correct(GENERATED.replace('$realloc(0, 0, 8, len26 * 32)', '$realloc(ptr, 0, 8, 32)')),
    /have changed: how arguments are lent/,
  );
});
