// The encoding of nested values, specified in docs/values.md.

import { CommonholdError } from './errors.js';
import { Float, ForeignObject, FrozenSet, Slice, Tuple } from './values.js';

/** How deep a value nests at most: a list in a list is two deep, a number is not deep at all. */
export const MAX_DEPTH = 500;

// A node begins with the number of its kind, which is its place here.
const KINDS = [
  'NoneType', 'bool', 'int', 'int', 'float', 'str', 'bytes', 'list', 'tuple', 'dict', 'set', 'frozenset', 'slice',
  'proxy', 'object',
];
const [NULL, BOOL, INT, BIG_INT, FLOAT, TEXT, BYTES, LIST, TUPLE, DICT, SET, FROZEN_SET, SLICE, PROXY, OBJECT] =
  KINDS.keys();

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
// What zigzag makes of a smaller integer is still exact as a number.
const EXACT_ZIGZAG = 2 ** 52;

const ENCODER = new TextEncoder();
// A byte order mark is a character like any other here.
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isWellFormed = String.prototype.isWellFormed
  ? (text) => text.isWellFormed()
  : (text) => !/[\ud800-\udfff]/u.test(text);

/** Fails if a text cannot travel, as UTF-8 has no half of a surrogate pair. */
export function checkText(text) {
  if (!isWellFormed(text)) {
    throw new CommonholdError('unserializable', 'a text with half a surrogate pair in it cannot travel');
  }
}

/**
 * Whether something is a Uint8Array. The generated bindings live in a realm of their own, so theirs are
 * instances of another class of that name.
 */
export function isBytes(value) {
  return ArrayBuffer.isView(value) && value[Symbol.toStringTag] === 'Uint8Array';
}

/** The same bytes as an instance of this realm's Uint8Array. */
export function localBytes(bytes) {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether an integer fits the contract's `s64`. */
export function fitsInt(number) {
  return number >= MIN_INT && number <= MAX_INT;
}

/** An integer as JavaScript's users expect it: a number where that is exact. */
export function fromInt(number) {
  const short = Number(number);
  return Number.isSafeInteger(short) ? short : number;
}

/**
 * Encodes a value.
 *
 * @param value
 * @param {(item) => boolean} isProxy whether something is a proxy
 * @returns {{data: Uint8Array, proxies: Array}} the bytes, and the proxies in the order of their marks
 */
export function encode(value, isProxy) {
  const writer = new Writer(isProxy);
  writer.value(value, MAX_DEPTH, false);
  return { data: writer.finish(), proxies: writer.proxies };
}

/**
 * Decodes a value.
 *
 * @param {Uint8Array} data
 * @param {Array} proxies what to put in the places of the proxies' marks
 */
export function decode(data, proxies) {
  const reader = new Reader(localBytes(data), proxies);
  const value = reader.value(MAX_DEPTH, ANYWHERE);
  reader.finish();
  return value;
}

class Writer {
  proxies = [];
  #isProxy;
  #data = new Uint8Array(64);
  #length = 0;

  constructor(isProxy) {
    this.#isProxy = isProxy;
  }

  finish() {
    return this.#data.subarray(0, this.#length);
  }

  value(value, depth, inKey) {
    switch (typeof value) {
      case 'undefined':
        return this.#byte(NULL);
      case 'boolean':
        this.#byte(BOOL);
        return this.#byte(value ? 1 : 0);
      case 'number':
        return this.#number(value);
      case 'bigint':
        return this.#bigInt(value);
      case 'string':
        this.#byte(TEXT);
        return this.#text(value);
      case 'object':
        return value === null ? this.#byte(NULL) : this.#object(value, depth, inKey);
      default:
        throw new CommonholdError('unserializable', `a ${typeof value} cannot travel`);
    }
  }

  #object(value, depth, inKey) {
    if (this.#isProxy(value)) {
      this.#byte(PROXY);
      this.proxies.push(value);
    } else if (isBytes(value)) {
      this.#byte(BYTES);
      this.#raw(value);
    } else if (value instanceof Float) {
      this.#float(value.value);
    } else {
      if (depth === 0) throw new CommonholdError('unserializable', `a value nests deeper than ${MAX_DEPTH}`);
      this.#container(value, depth - 1, inKey);
    }
  }

  #container(value, depth, inKey) {
    if (value instanceof Tuple) {
      this.#items(TUPLE, value, value.length, depth, inKey);
    } else if (Array.isArray(value)) {
      this.#hashable(LIST, inKey);
      this.#items(LIST, value, value.length, depth, false);
    } else if (value instanceof Map) {
      this.#hashable(DICT, inKey);
      this.#entries(value, value.size, depth);
    } else if (value instanceof FrozenSet) {
      this.#items(FROZEN_SET, value, value.size, depth, true);
    } else if (value instanceof Set) {
      this.#hashable(SET, inKey);
      this.#items(SET, value, value.size, depth, true);
    } else if (value instanceof Slice) {
      this.#byte(SLICE);
      for (const part of [value.start, value.stop, value.step]) this.#slicePart(part);
    } else if (value instanceof ForeignObject) {
      this.#byte(OBJECT);
      this.#text(value.typeName);
      this.#text(value.text);
      this.value(value.state, depth, false);
    } else if (isPlain(value)) {
      this.#hashable(DICT, inKey);
      const entries = Object.entries(value);
      this.#entries(entries, entries.length, depth);
    } else {
      const name = value.constructor?.name || 'a class without a name';
      throw new CommonholdError('unserializable', `an instance of ${name} cannot travel`);
    }
  }

  #hashable(kind, inKey) {
    if (inKey) throw new CommonholdError('type', `unhashable type: '${KINDS[kind]}'`);
  }

  #items(kind, items, count, depth, inKey) {
    this.#byte(kind);
    this.#varint(count);
    for (const item of items) this.value(item, depth, inKey);
  }

  #entries(entries, count, depth) {
    this.#byte(DICT);
    this.#varint(count);
    for (const [key, item] of entries) {
      this.value(key, depth, true);
      this.value(item, depth, false);
    }
  }

  #slicePart(part) {
    const isPart = part === null || part === undefined || typeof part === 'bigint' || Number.isSafeInteger(part);
    if (!isPart) {
      throw new CommonholdError('type', 'a part of a slice is not null or an integer');
    }
    // -0 is a float elsewhere, but an integer is all that a slice can have.
    this.value(part === 0 ? 0 : part, 0, false);
  }

  #number(number) {
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) {
      this.#float(number);
    } else if (Math.abs(number) < EXACT_ZIGZAG) {
      this.#byte(INT);
      this.#varint(number < 0 ? -2 * number - 1 : 2 * number);
    } else {
      this.#bigInt(BigInt(number));
    }
  }

  #bigInt(number) {
    if (fitsInt(number)) {
      this.#byte(INT);
      let zigzag = number < 0n ? -2n * number - 1n : 2n * number;
      for (; zigzag >= 0x80n; zigzag >>= 7n) this.#byte(Number(zigzag & 0x7fn) | 0x80);
      this.#byte(Number(zigzag));
    } else {
      this.#byte(BIG_INT);
      this.#raw(toBytes(number));
    }
  }

  #float(number) {
    this.#byte(FLOAT);
    this.#reserve(8);
    new DataView(this.#data.buffer).setFloat64(this.#length, number, true);
    this.#length += 8;
  }

  #text(text) {
    checkText(text);
    this.#raw(ENCODER.encode(text));
  }

  #raw(bytes) {
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  // Of any safe integer: bit operations would cut it to 32 bits.
  #varint(number) {
    for (; number >= 0x80; number = Math.floor(number / 0x80)) this.#byte((number % 0x80) | 0x80);
    this.#byte(number);
  }

  #byte(byte) {
    if (this.#length === this.#data.length) this.#reserve(1);
    this.#data[this.#length++] = byte;
  }

  #reserve(more) {
    if (this.#length + more > this.#data.length) {
      const larger = new Uint8Array(Math.max(2 * this.#data.length, this.#length + more));
      larger.set(this.#data);
      this.#data = larger;
    }
  }
}

function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || prototype === Object.prototype;
}

/** Two's complement, the least significant byte first, no longer than it must be. */
function toBytes(number) {
  // As many hexadecimal digits as the number has without its sign, and at least one bit for that.
  const digits = (number < 0n ? ~number : number).toString(16);
  const longest = Math.floor(digits.length / 2) + 1;
  let hex = BigInt.asUintN(8 * longest, number).toString(16).padStart(2 * longest, '0');
  // Nine equal bits at the front say no more than eight.
  if (/^(00[0-7]|ff[89a-f])/.test(hex)) hex = hex.slice(2);
  return Uint8Array.from(hex.match(/../g).reverse(), (byte) => parseInt(byte, 16));
}

function fromBytes(bytes) {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse().join('');
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

// Where in a value another one stands.
const ANYWHERE = 0;
const IN_KEY = 1;
const IN_SLICE = 2;

class Reader {
  #data;
  #view;
  #position = 0;
  #proxies;
  #marks = 0;

  constructor(data, proxies) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#proxies = proxies;
  }

  finish() {
    const left = this.#data.length - this.#position;
    if (left > 0) this.#fail(`it is followed by ${left} more bytes`);
    if (this.#marks !== this.#proxies.length) this.#failMarks(this.#position);
  }

  value(depth, place) {
    const start = this.#position;
    const kind = this.#byte();
    if (place === IN_KEY && (kind === LIST || kind === DICT || kind === SET)) {
      this.#fail(`unhashable type in a key: '${KINDS[kind]}'`, start);
    }
    if (place === IN_SLICE && kind !== NULL && kind !== INT && kind !== BIG_INT && kind < KINDS.length) {
      this.#fail(`a part of a slice is a ${KINDS[kind]}, not null or an integer`, start);
    }
    switch (kind) {
      case NULL:
        return null;
      case BOOL:
        return this.#bool();
      case INT:
        return this.#int();
      case BIG_INT:
        return this.#bigInt();
      case FLOAT:
        return this.#float();
      case TEXT:
        return this.#text();
      case BYTES:
        return this.#raw().slice();
      case LIST:
        return this.#items(this.#length(1), this.#inside(depth), ANYWHERE);
      case TUPLE:
        return new Tuple(this.#items(this.#length(1), this.#inside(depth), place === IN_KEY ? IN_KEY : ANYWHERE));
      case DICT:
        return this.#dict(this.#length(2), this.#inside(depth));
      case SET:
        return new Set(this.#items(this.#length(1), this.#inside(depth), IN_KEY));
      case FROZEN_SET:
        return new FrozenSet(this.#items(this.#length(1), this.#inside(depth), IN_KEY));
      case SLICE:
        return new Slice(...this.#items(3, this.#inside(depth), IN_SLICE));
      case PROXY:
        return this.#proxy(start);
      case OBJECT:
        return this.#object(depth);
      default:
        return this.#fail(`there is no node of kind ${kind}`, start);
    }
  }

  #items(count, depth, place) {
    const items = [];
    for (let index = 0; index < count; index++) items.push(this.value(depth, place));
    return items;
  }

  #dict(count, depth) {
    const dict = new Map();
    for (let index = 0; index < count; index++) {
      const key = this.value(depth, IN_KEY);
      dict.set(key, this.value(depth, ANYWHERE));
    }
    return dict;
  }

  #object(depth) {
    const typeName = this.#text();
    const text = this.#text();
    return new ForeignObject(typeName, text, this.value(this.#inside(depth), ANYWHERE));
  }

  #proxy(start) {
    if (this.#marks++ === this.#proxies.length) this.#failMarks(start);
    return this.#proxies[this.#marks - 1];
  }

  #inside(depth) {
    if (depth === 0) this.#fail(`it nests deeper than ${MAX_DEPTH}`);
    return depth - 1;
  }

  #bool() {
    const start = this.#position;
    const byte = this.#byte();
    if (byte > 1) this.#fail(`a boolean is ${byte}, not 0 or 1`, start);
    return byte === 1;
  }

  #int() {
    const zigzag = this.#varint();
    if (typeof zigzag === 'number') return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    return fromInt((zigzag >> 1n) ^ -(zigzag & 1n));
  }

  #bigInt() {
    const start = this.#position;
    const bytes = this.#raw();
    // Of a number that is too long by a byte, nine equal bits are at the front.
    const [front, next] = [bytes[bytes.length - 1], bytes[bytes.length - 2]];
    const isPadded = (front === 0 && next < 0x80) || (front === 0xff && next >= 0x80);
    if (bytes.length <= 8 || isPadded) this.#fail('a big integer is not in its shortest form or fits 64 bits', start);
    return fromBytes(bytes);
  }

  #float() {
    if (this.#data.length - this.#position < 8) this.#failEnd();
    const number = this.#view.getFloat64(this.#position, true);
    this.#position += 8;
    return number;
  }

  #text() {
    const start = this.#position;
    const bytes = this.#raw();
    try {
      return DECODER.decode(bytes);
    } catch {
      return this.#fail('a text is not UTF-8', start);
    }
  }

  #raw() {
    const length = this.#length(1);
    this.#position += length;
    return this.#data.subarray(this.#position - length, this.#position);
  }

  /** A length of things that take so many bytes each, at least. */
  #length(each) {
    const start = this.#position;
    const length = this.#varint();
    if (length > (this.#data.length - this.#position) / each) {
      this.#fail(`a length of ${length} is more than the rest can hold`, start);
    }
    return length;
  }

  /** A number where that is exact, else a big one. */
  #varint() {
    const start = this.#position;
    let number = 0;
    for (let index = 0, unit = 1; index < 7; index++, unit *= 0x80) {
      const byte = this.#byte(start);
      number += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        if (byte === 0 && index > 0) this.#failVarint(start);
        return number;
      }
    }
    let long = BigInt(number);
    for (let index = 7; index < 10; index++) {
      const byte = this.#byte(start);
      long |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) {
        if (byte === 0 || (index === 9 && byte > 1)) break;
        return long;
      }
    }
    return this.#failVarint(start);
  }

  #byte(start = this.#position) {
    if (this.#position === this.#data.length) this.#failEnd(start);
    return this.#data[this.#position++];
  }

  #failVarint(start) {
    return this.#fail('a number is not in its shortest form or is too large', start);
  }

  #failEnd(position) {
    this.#fail('it ends too early', position);
  }

  #failMarks(position) {
    this.#fail(`it has ${this.#marks} marks for ${this.#proxies.length} proxies`, position);
  }

  #fail(problem, position = this.#position) {
    throw new CommonholdError('bad-value', `malformed value at byte ${position}: ${problem}`);
  }
}
