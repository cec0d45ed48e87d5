// What crosses the boundary between this guest and the manager: proxies, and the values of the contract,
// made from JavaScript's and into them.
//
// Nothing here imports the generated bindings: they are reached through the proxies that come from
// them (`raw` below), so that all of it runs and is tested outside of a guest too.

import { checkText, decode, encode, fitsInt, fromInt, isBytes, localBytes } from './codec.js';
import { CommonholdError } from './errors.js';
import { attempt } from './thrown.js';
import { Float } from './values.js';

const MOST = 0xffff_ffff_ffff_ffffn;

// A span of time as the manager counts it; undefined is for ever.
function nanoseconds(milliseconds) {
  if (milliseconds === undefined || milliseconds === Infinity) return undefined;
  return whole(Math.max(0, Math.ceil(milliseconds * 1e6)));
}

// A number that is not negative, as the contract has it: a BigInt.
function whole(number) {
  if (number === undefined) return undefined;
  // What is no whole number is an error.
  const exact = BigInt(number);
  if (exact < 0n) throw new RangeError(`${number} is negative`);
  return exact < MOST ? exact : MOST;
}

/** Rights as the contract has them. */
export function toRights({ methods, getValue = false, toText = false, lifetime, uses }) {
  return { methods, getValue, toText, lifetime: nanoseconds(lifetime), uses: whole(uses) };
}

// The same choice as in the generated bindings.
const DISPOSE = Symbol.dispose ?? Symbol.for('dispose');

// The one proxy for each referent and rights, while the program holds it: by the referent's id, as many
// as there are different rights. Handles are a limited good, so a million reads of one proxy must
// not hold a million of them.
//
// The engine in a guest never runs finalizers, but it does clear weak references, whenever its event loop has
// turned. So what the collector took is found by looking, each time the number of proxies has doubled. A program
// that goes through very many different shared objects should `release` them, or await a timer now and then.
const known = new Map();
const FEW = 256;
let count = 0;
let lookAt = FEW;

// Those that the program has not said it keeps. Its shared objects would live as long as the collector likes; so
// they are released when the export ends that they came with.
const passing = new Set();

function add(entry) {
  if (count >= lookAt) {
    dropCollected();
    lookAt = Math.max(FEW, 2 * count);
  }
  known.set(entry.id, [...(known.get(entry.id) ?? []), entry]);
  passing.add(entry);
  count++;
}

function dropCollected() {
  for (const entries of known.values()) {
    for (const other of entries) if (other.reference.deref() === undefined) drop(other);
  }
}

function drop(entry) {
  const entries = known.get(entry.id).filter((other) => other !== entry);
  if (entries.length > 0) known.set(entry.id, entries);
  else known.delete(entry.id);
  passing.delete(entry);
  count--;
  const { raw } = entry;
  entry.raw = undefined;
  raw[DISPOSE]();
}

// The program's own shared objects, if it provides any: see `types.js`.
let own = { includes: () => false, open: undefined, find: () => undefined };

/** Has the program's own objects told from other values, and proxies to them from other proxies. */
export function setOwnObjects(objects) {
  own = objects;
}

// Handles to own objects that were made to be lent.
const lent = [];

function takeBack(from) {
  for (const raw of lent.splice(from)) raw[DISPOSE]();
}

let ended = 0;

/** What is to be done when an export has ended, after its result was made. */
export function endCall() {
  takeBack(0);
  for (const entry of passing) {
    entry.why = 'this proxy was released at the end of the call that it came with: keep() it to hold it longer';
    drop(entry);
  }
  // What is kept may be garbage by now.
  if (++ended > count) {
    ended = 0;
    dropCollected();
  }
}

/**
 * A proxy to a shared object.
 *
 * Within a program there is one for each shared object (and set of rights), however often it is read:
 * `===` tells whether two are the same object. For that reason it is no disposable to be used with
 * `using`: whoever releases it takes it from all of the program.
 *
 * It is the program's until the entry or method returns that it was given to or that has read it, unless it is
 * told to `keep` it.
 */
export class SharedProxy {
  #entry;
  #remote;

  /** For `adopt` alone. */
  constructor(entry) {
    this.#entry = entry;
  }

  /**
   * The proxy of the generated bindings, to be lent to their functions:
   * `lists.append(proxy.raw, toArgument(1))`. Do not keep it: it goes with this proxy.
   */
  get raw() {
    const { raw, why } = this.#entry;
    if (raw === undefined) throw new CommonholdError('runtime', why ?? 'this proxy was released');
    return raw;
  }

  /** The referent's number, a BigInt. */
  get id() {
    return this.#entry.id;
  }

  /** The name of the referent's type. */
  get typeid() {
    return this.raw.typeid();
  }

  /** The names of the methods that `call` accepts. */
  get methods() {
    return this.raw.methods();
  }

  /** Those that leave the referent as it was: what to `narrow` a proxy to that is for reading only. */
  get readingMethods() {
    return this.raw.readingMethods();
  }

  /** Calls a method by name: `list.call('insert', [0, 'first'])`. */
  call(method, args = [], kwargs = {}) {
    const { raw } = this;
    return lending(() => raw.call(method, Array.from(args, toArgument), toKeywords(kwargs)));
  }

  /**
   * The referent's methods as functions: `list.remote.insert(0, 'first')`, or
   * `const { add } = counter.remote`. Those that this proxy may call.
   */
  get remote() {
    this.#remote ??= Object.freeze(
      Object.fromEntries(this.methods.map((name) => [name, (...args) => this.call(name, args)])),
    );
    return this.#remote;
  }

  /** A copy of the referent's whole state. */
  getValue() {
    return fromValue(attempt(() => this.raw.getValue()));
  }

  /** The referent as text; if there is none, why. */
  toString() {
    const { raw } = this;
    try {
      return attempt(() => raw.toText());
    } catch (error) {
      return `${raw.repr().slice(0, -1)}; ${error}>`;
    }
  }

  /** The proxy itself as text. */
  repr() {
    return this.raw.repr();
  }

  /**
   * A proxy to the same referent with fewer rights: the named methods (all, if none are named), and
   * only if so said also copying the whole referent out and printing it; for so many milliseconds and
   * so many uses, if they are given, which are counted over all that comes from it.
   */
  narrow(rights) {
    return wrap(attempt(() => this.raw.narrow(toRights(rights))));
  }

  /** Takes back the rights of this narrowed proxy and of all that came from it. */
  revoke() {
    attempt(() => this.raw.revoke());
  }

  /**
   * Keeps this proxy after the entry or method has returned, for what the program holds on to: in the state of a shared
   * object of its own, or for the next task of a pool's worker. Returns it.
   */
  keep() {
    this.raw;
    this.#entry.kept++;
    passing.delete(this.#entry);
    return this;
  }

  /**
   * Undoes one `keep`. If there is none left, it gives the handle back at once, rather than when the collector finds
   * that nobody holds this proxy; it is of no use afterwards, wherever in the program it is held.
   */
  release() {
    const entry = this.#entry;
    if (entry.raw === undefined || --entry.kept > 0) return;
    drop(entry);
  }
}

/**
 * What a proxy of the generated bindings stands for. Takes that over: it is disposed of if there is a proxy for
 * the referent and these rights already. In a provider, one to an object of its own with all rights is
 * the object itself.
 */
export function adopt(raw) {
  const object = own.find(raw);
  if (object === undefined) return wrap(raw);
  raw[DISPOSE]();
  return object;
}

/** The same, but always the proxy. */
export function wrap(raw) {
  const id = raw.id();
  for (const entry of known.get(id) ?? []) {
    const proxy = entry.reference.deref();
    if (proxy !== undefined && haveSameRights(entry, raw)) {
      raw[DISPOSE]();
      return proxy;
    }
  }
  const entry = { id, raw, rights: undefined, reference: undefined, kept: 0, why: undefined };
  const proxy = new SharedProxy(entry);
  entry.reference = new WeakRef(proxy);
  add(entry);
  return proxy;
}

function haveSameRights(entry, raw) {
  entry.rights ??= entry.raw.rightsKey();
  return entry.rights === raw.rightsKey();
}

/** A value that was received, as JavaScript knows it. */
export function fromValue(value) {
  switch (value.tag) {
    case 'null':
      return null;
    case 'int':
      return fromInt(value.val);
    case 'bytes':
      return localBytes(value.val);
    case 'proxy':
      return adopt(value.val);
    case 'tree':
      return decode(value.val.data, value.val.proxies.map(adopt));
    default:
      return value.val;
  }
}

/** The same for `option<value>`: undefined if there is none. */
export function fromOptional(value) {
  return value === undefined || value === null ? undefined : fromValue(value);
}

/** Runs a function of the bindings that takes arguments, and reads what it gives. */
export function lending(operation, read = fromValue) {
  const before = lent.length;
  try {
    return read(attempt(operation));
  } finally {
    takeBack(before);
  }
}

/** A value that is given to a function of the contract. Its proxies are lent for the call. */
export function toArgument(value) {
  return convert(value, lend);
}

/** Keyword arguments for a function of the contract. */
export function toKeywords(kwargs) {
  return Object.entries(kwargs).map(([name, value]) => [name, toArgument(value)]);
}

function lend(object) {
  if (object instanceof SharedProxy) return object.raw;
  const raw = own.open(object);
  lent.push(raw);
  return raw;
}

/** A value that is returned from a function of the contract. Its proxies are duplicated: the program keeps its own. */
export function toValue(value) {
  return convert(value, give);
}

function give(object) {
  return object instanceof SharedProxy ? object.raw.duplicate() : own.open(object);
}

function convert(value, handle) {
  switch (typeof value) {
    case 'undefined':
      return { tag: 'null' };
    case 'boolean':
      return { tag: 'boolean', val: value };
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { tag: 'int', val: BigInt(value) }
        : { tag: 'float', val: value };
    case 'string':
      checkText(value);
      return { tag: 'text', val: value };
    case 'bigint':
      if (fitsInt(value)) return { tag: 'int', val: value };
      break;
    default:
      if (value === null) return { tag: 'null' };
      if (isProxy(value)) return { tag: 'proxy', val: handle(value) };
      if (value instanceof Float) return { tag: 'float', val: value.value };
      if (isBytes(value)) return { tag: 'bytes', val: value };
  }
  const { data, proxies } = encode(value, isProxy);
  // A released proxy is found here, before the first handle is made.
  for (const proxy of proxies) if (proxy instanceof SharedProxy) proxy.raw;
  return { tag: 'tree', val: { data, proxies: openAll(proxies, handle) } };
}

/** The handles of all, or of none. */
function openAll(proxies, handle) {
  const handles = [];
  try {
    for (const proxy of proxies) handles.push(handle(proxy));
  } catch (error) {
    // What was lent is taken back later.
    if (handle === give) for (const raw of handles) raw[DISPOSE]();
    throw error;
  }
  return handles;
}

function isProxy(value) {
  return value instanceof SharedProxy || own.includes(value);
}
