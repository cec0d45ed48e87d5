import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { MAX_DEPTH, decode, encode } from '../codec.js';
import { Float, ForeignObject, FrozenSet, Slice, Tuple } from '../values.js';

const proxy = { proxy: 'stands for one' };
const isProxy = (value) => value === proxy;

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const encoded = (value) => hex(encode(value, isProxy).data);
const decoded = (text, proxies = []) => decode(new Uint8Array(Buffer.from(text, 'hex')), proxies);

function refuses(operation, kind, message) {
  assert.throws(operation, (error) => {
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  });
}

// Values that are read back as they were written, with their encodings.
const SAME = [
  [null, '00'],
  [false, '0100'],
  [true, '0101'],
  [0, '0200'],
  [-1, '0201'],
  [1, '0202'],
  [63, '027e'],
  [64, '028001'],
  [-64, '027f'],
  [2 ** 31, '028080808010'],
  [2 ** 52 - 1, '02feffffffffffff0f'],
  [-(2 ** 52), '02ffffffffffffff0f'],
  [2 ** 52, '028080808080808010'],
  [Number.MAX_SAFE_INTEGER, '02feffffffffffff1f'],
  [Number.MIN_SAFE_INTEGER, '02fdffffffffffff1f'],
  [2n ** 53n, '028080808080808020'],
  [-(2n ** 53n), '02ffffffffffffff1f'],
  [2n ** 63n - 1n, '02feffffffffffffffff01'],
  [-(2n ** 63n), '02ffffffffffffffffff01'],
  [2n ** 63n, '0309000000000000008000'],
  [-(2n ** 63n) - 1n, '0309ffffffffffffff7fff'],
  [2n ** 64n, '0309000000000000000001'],
  [2n ** 71n - 1n, '0309ffffffffffffffff7f'],
  [2n ** 71n, '030a00000000000000008000'],
  [-(2n ** 71n), '0309000000000000000080'],
  [1.5, '04000000000000f83f'],
  [-0, '040000000000000080'],
  [Infinity, '04000000000000f07f'],
  [NaN, '04000000000000f87f'],
  [2 ** 53, '040000000000004043'],
  ['', '0500'],
  ['héllo 🐙', '050b68c3a96c6c6f20f09f9099'],
  ['\ufeffmark', '0507efbbbf6d61726b'],
  [new Uint8Array([1, 0, 255]), '06030100ff'],
  [[], '0700'],
  [[1, [2]], '07020202070102' + '04'],
  [new Tuple([]), '0800'],
  [new Tuple([5, 'a']), '0802020a050161'],
  [new Map([[1, 'a'], [new Tuple([2]), null]]), '0902020205016108010204' + '00'],
  [new Set([1, 2]), '0a0202020204'],
  [new FrozenSet([1, new FrozenSet()]), '0b0202020b00'],
  [new Slice(1, null, -2), '0c0202000203'],
  [new ForeignObject('Point', '<a point>', [1, 2]), '0e05506f696e74093c6120706f696e743e070202020204'],
];

for (const [value, bytes] of SAME) {
  test(`encodes and decodes ${typeof value} ${bytes}`, () => {
    assert.equal(encoded(value), bytes);
    assert.deepEqual(decoded(bytes), value);
    assert.equal(decoded(bytes)?.constructor, value?.constructor);
  });
}

test('a whole number is an integer, unless it is said to be a float', () => {
  assert.equal(encoded(1.0), '0202');
  assert.equal(encoded(new Float(1)), '04000000000000f03f');
  assert.equal(decoded('04000000000000f03f'), 1);
});

test('a big integer that fits 64 bits, and one that a number can hold, take their short forms', () => {
  assert.equal(encoded(5n), '020a');
  assert.equal(decoded('020a'), 5);
});

test('big integers of every length and sign come back', () => {
  for (let bits = 60n; bits < 700n; bits++) {
    for (const number of [1n << bits, (1n << bits) - 1n, -(1n << bits), -(1n << bits) - 1n, -(1n << bits) + 1n]) {
      assert.equal(decoded(encoded(number)), number);
    }
  }
});

test('what JavaScript writes in more than one way', () => {
  assert.equal(encoded(undefined), '00');
  assert.equal(encoded([, 1]), '0702000202');
  assert.equal(encoded({ a: 1 }), encoded(new Map([['a', 1]])));
  assert.equal(encoded(Object.create(null)), '0900');
  assert.equal(encoded(Buffer.from('ab')), '06026162');
});

test('proxies are bare marks, listed in their order', () => {
  const { data, proxies } = encode([proxy, new Map([[proxy, [proxy]]])], isProxy);
  assert.equal(hex(data), '07020d09010d07010d');
  assert.deepEqual(proxies, [proxy, proxy, proxy]);
  assert.deepEqual(decoded('07020d09010d07010d', ['a', 'b', 'c']), ['a', new Map([['b', ['c']]])]);
});

test('long contents keep their lengths', () => {
  const long = 'x'.repeat(100_000);
  assert.equal(decoded(encoded(long)), long);
  assert.equal(decoded(encoded(Array(70_000).fill(7))).length, 70_000);
});

test('nesting has a limit, in both directions', () => {
  const nest = (depth) => Array.from({ length: depth }).reduce((inner) => [inner], 0);
  const deepest = encoded(nest(MAX_DEPTH));
  assert.deepEqual(decoded(deepest), nest(MAX_DEPTH));
  refuses(() => encoded(nest(MAX_DEPTH + 1)), 'unserializable', /nests deeper than 500/);
  refuses(() => decoded('0701' + deepest), 'bad-value', /nests deeper than 500/);
  const endless = [];
  endless.push(endless);
  refuses(() => encoded(endless), 'unserializable', /nests deeper than 500/);
});

test('what cannot travel is named', () => {
  class Point {}
  refuses(() => encoded([new Point()]), 'unserializable', /instance of Point/);
  refuses(() => encoded(new Date()), 'unserializable', /instance of Date/);
  refuses(() => encoded(new Int32Array(1)), 'unserializable', /instance of Int32Array/);
  refuses(() => encoded([() => {}]), 'unserializable', /a function/);
  refuses(() => encoded(Symbol('s')), 'unserializable', /a symbol/);
  refuses(() => encoded('half \ud83d'), 'unserializable', /surrogate/);
  refuses(() => encoded({ '\udc00': 1 }), 'unserializable', /surrogate/);
  refuses(() => encoded(new Slice(1.5)), 'type', /part of a slice/);
});

test('unhashable keys and elements are refused, at any depth', () => {
  refuses(() => encoded(new Map([[[], 1]])), 'type', /^unhashable type: 'list'$/);
  refuses(() => encoded(new Set([new Set()])), 'type', /^unhashable type: 'set'$/);
  refuses(() => encoded(new FrozenSet([new Tuple([{}])])), 'type', /^unhashable type: 'dict'$/);
  assert.equal(encoded(new Map([[1, []]])), '090102020700');
  assert.equal(encoded(new Tuple([[]])), '08010700');
});

const MALFORMED = [
  ['', 0, /ends too early/],
  ['0f', 0, /no node of kind 15/],
  ['01', 1, /ends too early/],
  ['0102', 1, /boolean is 2/],
  ['02', 1, /ends too early/],
  ['0280', 1, /ends too early/],
  ['028000', 1, /shortest form/],
  ['02ffffffffffffff8000', 1, /shortest form/],
  ['02ffffffffffffffffff02', 1, /too large/],
  ['02ffffffffffffffffffff01', 1, /too large/],
  ['0300', 1, /big integer/],
  ['0308ffffffffffffff7f', 1, /big integer/],
  ['0309ffffffffffffff7f00', 1, /big integer/],
  ['0309ffffffffffffffffff', 1, /big integer/],
  ['04000000000000f8', 1, /ends too early/],
  ['0501', 1, /length of 1/],
  ['05ffffffffffffffffff01', 1, /length of 18446744073709551615/],
  ['0501ff', 1, /not UTF-8/],
  ['0502c080', 1, /not UTF-8/],
  ['0503eda080', 1, /not UTF-8/],
  ['0602ff', 1, /length of 2/],
  ['07020000' + '00', 4, /followed by 1 more/],
  ['0703' + '0000', 1, /length of 3/],
  ['09020000' + '00', 1, /length of 2/],
  ['0901070000', 2, /unhashable type in a key: 'list'/],
  ['0a01080109' + '00', 4, /unhashable type in a key: 'dict'/],
  ['0b010a00', 2, /unhashable type in a key: 'set'/],
  ['0c00000500', 3, /part of a slice is a str/],
  ['0c0000', 3, /ends too early/],
  ['0d', 0, /1 marks for 0 proxies/],
  ['0e0161', 3, /ends too early/],
];

for (const [bytes, position, problem] of MALFORMED) {
  test(`refuses the malformed ${bytes || 'nothing'}`, () => {
    refuses(() => decoded(bytes), 'bad-value', problem);
    refuses(() => decoded(bytes), 'bad-value', new RegExp(`^malformed value at byte ${position}: `));
  });
}

test('a proxy without a mark is refused', () => {
  refuses(() => decoded('07010d', ['a', 'b']), 'bad-value', /1 marks for 2 proxies/);
});

// The vectors that every SDK has to pass.
const vectors = (name) => JSON.parse(fs.readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url)));

// Where JavaScript knows no difference (a whole number is an integer), or another (true is not 1): what is written
// after reading.
const OTHERWISE = {
  'float 0.0': '0200',
  'float 1.0': '0202',
  'equal keys: the first key, the last value': '090302020501610501780501620101050163',
  'equal elements: the first': '0a0202020101',
};

for (const { name, data, proxies, encodes_as: canonical = data } of vectors('values')) {
  test(`vector: ${name}`, () => {
    const marks = Array.from({ length: proxies }, (_, index) => ({ index }));
    const again = encode(decoded(data, marks), (value) => marks.includes(value));
    assert.equal(hex(again.data), OTHERWISE[name] ?? canonical);
    // A proxy whose place was taken by another is gone.
    assert.deepEqual(again.proxies, marks.slice(-again.proxies.length || marks.length));
  });
}

for (const { name, data, proxies, position } of vectors('malformed')) {
  test(`malformed vector: ${name}`, () => {
    refuses(() => decoded(data, Array(proxies).fill(null)), 'bad-value', new RegExp(`^malformed value at byte ${position}: `));
  });
}

test('tuples and frozensets cannot be changed', () => {
  const tuple = new Tuple([1, 2]);
  assert.throws(() => tuple.push(3), TypeError);
  assert.throws(() => { tuple[0] = 3; }, TypeError);
  assert.deepEqual(tuple.map((item) => item + 1), [2, 3]);
  assert.deepEqual([Tuple.of(3), Tuple.from([3])], [new Tuple([3]), new Tuple([3])]);
  for (const change of ['add', 'delete', 'clear']) assert.throws(() => new FrozenSet([1])[change](1), /cannot be changed/);
});
