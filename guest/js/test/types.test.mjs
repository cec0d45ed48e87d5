import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CommonholdError, SharedProxy, Tuple, adopt, fromValue, toArgument, toValue } from '../commonhold.js';
import { endCall, wrap } from '../proxies.js';
import { SharedTypes } from '../types.js';
import { FakeHost, thrown } from './fake.mjs';

const DISPOSE = Symbol.dispose ?? Symbol.for('dispose');

/** A program's types, and a manager that asks for them. */
class Provider {
  host = new FakeHost();
  types = new SharedTypes(this.host);

  constructor(classes) {
    this.exported = this.types.exports(classes);
  }

  /** A new object, as its consumer has it. */
  async create(typeid, args = [], kwargs = {}) {
    const raw = this.host.object(typeid);
    const existing = await this.exported.construct(raw.id(), typeid, args.map(toValue), named(kwargs));
    if (existing === undefined) return raw;
    raw[DISPOSE]();
    return existing;
  }

  async call(raw, method, args = [], kwargs = {}) {
    return fromRaw(await this.exported.call(raw.id(), method, args.map(toValue), named(kwargs)));
  }

  /** What a call fails with: its kind, the name of its class and its message. */
  async failure(raw, method, args = [], kwargs = {}) {
    return parts(await payload(this.exported.call(raw.id(), method, args.map(toValue), named(kwargs))));
  }
}

const named = (kwargs) => Object.entries(kwargs).map(([name, value]) => [name, toValue(value)]);
/** What a consumer gets: its proxies are handles here. */
const fromRaw = (value) => (value.tag === 'proxy' ? value.val : fromValue(value));
const payload = (promise) => promise.then(assert.fail, (error) => error.payload);
const parts = ({ kind, typeName, message }) => [kind, typeName, message];

class CounterError extends Error {
  constructor(code, why) {
    super(`${code}: ${why}`);
    this.args = [code, why];
  }
}

class Counter {
  static doc = 'Counts.';
  static docs = { add: 'Adds to the count and returns it.' };
  static reads = ['count'];
  static parameters = { constructor: ['start', 'step'], add: ['by', 'times'] };
  static gone = [];
  #count;

  constructor(start = 0, step = 1) {
    if (start < 0) throw new RangeError('a counter starts at 0 or above');
    this.#count = start;
    this.step = step;
    this.held = [];
  }

  get size() {
    return this.#count;
  }

  add(by, times = 1) {
    return (this.#count += by * times * this.step);
  }

  count() {
    return this.#count;
  }

  async later(value) {
    await new Promise(setImmediate);
    return value;
  }

  twin() {
    return new Counter(this.#count);
  }

  both(other) {
    return [this, [other]];
  }

  itself() {
    return this;
  }

  absorb(other) {
    this.#count += other.#count;
    other.#count = 0;
  }

  options(...all) {
    return all;
  }

  *numbers() {
    try {
      for (let number = 0; number < this.#count; number++) yield number;
    } finally {
      Counter.gone.push('generator');
    }
  }

  fail() {
    throw new CounterError(7, 'a counter cannot do this');
  }

  odd() {
    return new Date();
  }

  _hidden() {}

  __len__() {
    return this.#count;
  }

  toString() {
    return `Counter(${this.#count})`;
  }

  toJSON() {
    return { count: this.#count };
  }

  [DISPOSE]() {
    Counter.gone.push(this.#count);
  }
}

class Plain {}

/** An iterator itself. */
class Countdown {
  constructor(left) {
    this.left = left;
  }

  next() {
    return this.left > 0 ? { value: --this.left, done: false } : { value: undefined, done: true };
  }

  [Symbol.iterator]() {
    return this;
  }
}

/** Can be gone over. */
class Range {
  constructor(from) {
    this.from = from;
  }

  *[Symbol.iterator]() {
    for (let left = this.from; left > 0; ) yield --left;
  }
}

class Only {
  static #only;

  constructor() {
    if (Only.#only !== undefined) return Only.#only;
    Only.#only = this;
  }
}

test('a class is described by what it says and by its public methods', async () => {
  const { exported } = new Provider([Counter, Plain, Countdown, Range]);
  const described = new Map((await exported.describe()).map((type) => [type.typeid, type]));
  const counter = described.get('Counter');
  assert.deepEqual([counter.doc, counter.creatable], ['Counts.', true]);
  assert.deepEqual(
    counter.methods.map(({ name }) => name),
    ['add', 'count', 'later', 'twin', 'both', 'itself', 'absorb', 'options', 'numbers', 'fail', 'odd', '__len__'],
  );
  assert.deepEqual(counter.methods.find(({ name }) => name === 'add'), {
    name: 'add', doc: 'Adds to the count and returns it.', readsOnly: false,
  });
  assert.deepEqual(counter.methods.filter(({ readsOnly }) => readsOnly).map(({ name }) => name), ['count']);
  assert.deepEqual(described.get('Plain'), { typeid: 'Plain', doc: '', methods: [], creatable: true });
  assert.deepEqual(described.get('Countdown').methods.map(({ name }) => name), ['__next__']);
  assert.deepEqual(described.get('Range').methods.map(({ name }) => name), ['__iter__']);
  assert.equal(described.get('Counter_iterator').creatable, false);
});

test('a class can have another name, extend another one, and choose what it exposes', async () => {
  class Base {
    static reads = ['look'];
    look() {}
    change() {}
  }
  class Named extends Base {
    static typeid = 'a.name';
    static creatable = false;
    static reads = ['peek'];
    peek() {}
  }
  class Few extends Named {
    static exposed = ['look', '_own'];
    static reads = [];
    static docs = {};
    _own() {}
  }
  class Bare {
    static exposed = ['look'];
    static reads = ['look'];
    look() {}
    other() {}
  }
  const describe = async (cls) => (await new Provider([cls]).exported.describe())[0];
  const named = await describe(Named);
  assert.deepEqual([named.typeid, named.creatable], ['a.name', false]);
  assert.deepEqual(named.methods.map(({ name, readsOnly }) => [name, readsOnly]), [
    ['peek', true], ['look', true], ['change', false],
  ]);
  assert.deepEqual((await describe(Bare)).methods.map(({ name }) => name), ['look']);
  // What it does not expose, it cannot say that it only reads.
  await assert.rejects(async () => describe(Few), /Few exposes no method 'peek', which its static reads name/);
});

test('slips in a class are found when the program is built', () => {
  const fails = (cls, message) => assert.throws(() => new Provider([cls]), message);
  fails(class A { static reads = ['none']; }, /^TypeError: A exposes no method 'none', which its static reads name/);
  fails(class A { static docs = { none: '' }; }, /A exposes no method 'none', which its static docs name/);
  fails(class A { static parameters = { none: [] }; }, /A exposes no method 'none', which its static parameters name/);
  fails(class A { static parameters = { f: 'x' }; f() {} }, /the parameters of A.f are not an array of names/);
  fails(class A { static exposed = ['none']; }, /A has no method 'none', which it exposes/);
  fails(class A { static typeid = ''; }, /a shared type has a name/);
  fails(() => {}, /a shared type is a class, not function/);
  fails(null, /a shared type is a class, not null/);
  assert.throws(() => new Provider([Plain, Plain]), /there are two shared types 'Plain'/);
});

test('objects are made, called, printed, copied and released', async () => {
  const provider = new Provider([Counter]);
  const counter = await provider.create('Counter', [5]);
  assert.equal(await provider.call(counter, 'add', [2]), 7);
  assert.equal(await provider.call(counter, 'later', ['text']), 'text');
  assert.equal(await provider.exported.toText(counter.id()), 'Counter(7)');
  assert.deepEqual(fromValue(await provider.exported.getValue(counter.id())), new Map([['count', 7]]));
  Counter.gone = [];
  await provider.exported.release(counter.id());
  assert.deepEqual(Counter.gone, [7]);
  assert.equal((await provider.failure(counter, 'count'))[0], 'internal');
  assert.deepEqual(await provider.failure(await provider.create('Counter'), 'none'), [
    'not-exposed', 'NotExposed', "'Counter' object has no method 'none'",
  ]);
});

test('an object that says nothing of it has a text, and no value', async () => {
  const provider = new Provider([Plain]);
  const plain = await provider.create('Plain');
  assert.match(await provider.exported.toText(plain.id()), /^<Plain object at 0x[0-9a-f]+>$/);
  const error = await payload(provider.exported.getValue(plain.id()));
  assert.deepEqual(parts(error), ['unserializable', 'Unserializable', "cannot pickle 'Plain' object"]);
});

test('keyword arguments go to their places, or are one object behind the others', async () => {
  const provider = new Provider([Counter]);
  const counter = await provider.create('Counter', [], { step: 10 });
  assert.equal(await provider.call(counter, 'add', [1], { times: 2 }), 20);
  assert.equal(await provider.call(counter, 'add', [], { times: 1, by: 1 }), 30);
  assert.deepEqual(await provider.call(counter, 'options', [1], { a: 2, __proto__x: 3 }), [
    1, new Map([['a', 2], ['__proto__x', 3]]),
  ]);
  const failure = async (...given) => (await provider.failure(counter, 'add', ...given)).slice(1).join(': ');
  assert.equal(await failure([]), "TypeError: add() missing 1 required positional argument: 'by'");
  assert.equal(await failure([], { times: 1 }), "TypeError: add() missing 1 required positional argument: 'by'");
  assert.equal(await failure([1, 2, 3]), 'TypeError: add() takes 2 arguments but 3 were given');
  assert.equal(await failure([1], { by: 1 }), "TypeError: add() got multiple values for argument 'by'");
  assert.equal(await failure([1], { on: 1 }), "TypeError: add() got an unexpected keyword argument 'on'");
  const error = await payload(provider.create('Counter', [1, 2, 3]));
  assert.equal(error.message, 'Counter() takes 2 arguments but 3 were given');
});

test('instances travel as proxies, and proxies to them arrive as instances', async () => {
  const provider = new Provider([Counter]);
  const { host, types } = provider;
  const counter = await provider.create('Counter', [3]);
  const twin = await provider.call(counter, 'twin');
  assert.equal(await provider.call(twin, 'count'), 3);
  assert.equal(twin.typeid(), 'Counter');
  assert.notEqual(twin.id(), counter.id());
  const same = await provider.call(counter, 'itself');
  assert.equal(same.id(), counter.id());
  same[DISPOSE]();

  const lend = (raw) => ({ tag: 'proxy', val: raw.duplicate() });
  assert.equal(await provider.exported.call(counter.id(), 'absorb', [lend(twin)], []).then(fromValue), null);
  assert.deepEqual([await provider.call(counter, 'count'), await provider.call(twin, 'count')], [6, 0]);
  const { val } = await provider.exported.call(counter.id(), 'both', [lend(twin)], []);
  assert.deepEqual(val.proxies.map((raw) => raw.id()), [counter.id(), twin.id()]);
  for (const raw of val.proxies) raw[DISPOSE]();
  assert.equal(host.live, 2, 'the provider holds none of its own objects');

  // What is lent is taken back when the export ends.
  const instance = types.stateOf(adopt(twin.duplicate()));
  assert.ok(instance instanceof Counter);
  assert.equal(toArgument([instance]).val.proxies[0].id(), twin.id());
  assert.equal(host.live, 3);
  endCall();
  assert.equal(host.live, 2);
});

test('a proxy with fewer rights stays one, and its state can be had all the same', async () => {
  const provider = new Provider([Counter]);
  const counter = await provider.create('Counter', [3]);
  const reader = fromValue({ tag: 'proxy', val: counter.narrow({}) });
  assert.ok(reader instanceof SharedProxy);
  assert.equal(provider.types.stateOf(reader).count(), 3);
  assert.equal(provider.types.stateOf(adopt(provider.host.handle(1n))), undefined);
  assert.equal(provider.types.stateOf('text'), undefined);
  assert.equal(provider.types.includes(Counter.prototype), false);
});

test('an instance that is returned after its object has gone is the state of another', async () => {
  const provider = new Provider([Only]);
  const first = await provider.create('Only');
  const again = await provider.create('Only');
  const gone = first.id();
  assert.equal(again.id(), gone);
  first[DISPOSE]();
  again[DISPOSE]();
  // The news has not come yet.
  const second = await provider.create('Only');
  assert.notEqual(second.id(), gone);
  await provider.exported.release(gone);
  const third = await provider.create('Only');
  assert.equal(third.id(), second.id());
});

test('what is gone over gives its items and the end', async () => {
  const provider = new Provider([Counter, Countdown, Range]);
  const end = ['stop-iteration', 'StopIteration', ''];
  const countdown = await provider.create('Countdown', [1]);
  assert.equal(await provider.call(countdown, '__next__'), 0);
  assert.deepEqual(await provider.failure(countdown, '__next__'), end);
  const range = await provider.create('Range', [2]);
  const iterator = await provider.call(range, '__iter__');
  assert.equal(iterator.typeid(), 'Range_iterator');
  assert.deepEqual([await provider.call(iterator, '__next__'), await provider.call(iterator, '__next__')], [1, 0]);
  assert.deepEqual(await provider.failure(iterator, '__next__'), end);
  assert.match(await provider.exported.toText(iterator.id()), /^<Range_iterator object at/);

  // A generator that nobody wants any more comes to its end.
  const numbers = await provider.call(await provider.create('Counter', [9]), 'numbers');
  assert.equal(await provider.call(numbers, '__next__'), 0);
  Counter.gone = [];
  await provider.exported.release(numbers.id());
  assert.deepEqual(Counter.gone, ['generator']);
});

test('errors keep their class, message, arguments and where they were thrown', async () => {
  const provider = new Provider([Counter]);
  const counter = await provider.create('Counter');
  const error = await payload(provider.exported.call(counter.id(), 'fail', [], []));
  assert.deepEqual(parts(error), ['custom', 'CounterError', '7: a counter cannot do this']);
  assert.deepEqual(fromValue(error.args), Tuple.of(7, 'a counter cannot do this'));
  assert.match(error.traceback, /^CounterError: 7: a counter cannot do this\n *at .*\bfail\b/);
  const made = await payload(provider.create('Counter', [-1]));
  assert.deepEqual(parts(made), ['value', 'RangeError', 'a counter starts at 0 or above']);
  assert.deepEqual(await provider.failure(counter, 'odd'), [
    'unserializable', 'Unserializable', 'an instance of Date cannot travel',
  ]);
  assert.deepEqual((await payload(provider.create('Counter_iterator'))).message, "cannot create 'Counter_iterator' instances");
});

test('classes can depend on what the provider was started with, which can fail', async () => {
  const provider = new Provider(async (...args) => {
    if (args.length === 0) throw new CommonholdError('value', 'no arguments');
    return [class Given { static typeid = args[0]; }];
  });
  assert.deepEqual(parts(await payload(provider.exported.describe([]))), ['value', 'ValueError', 'no arguments']);
  const described = await provider.exported.describe([toValue('mine')]);
  assert.deepEqual(described.map(({ typeid }) => typeid), ['mine', 'mine_iterator']);
});

test('a release that fails is told on the standard error stream, and ends nothing', async (t) => {
  const told = t.mock.method(console, 'error', () => {});
  class Failing {
    [DISPOSE]() {
      throw new Error('not now');
    }
  }
  const provider = new Provider([Failing]);
  const failing = await provider.create('Failing');
  await provider.exported.release(failing.id());
  assert.deepEqual(told.mock.calls[0].arguments, ['Failing[Symbol.dispose]: Error: not now']);
});

/** Holds what it is given, for as long as that lets it. */
class Holder {
  hold(proxy) {
    this.held = proxy;
  }

  keep(proxy) {
    this.held = proxy.keep();
  }

  use() {
    return this.held.typeid;
  }

  reader() {
    return proxyTo(this).narrow({ methods: ['use'] });
  }

  [DISPOSE]() {
    this.held.release();
  }
}

let proxyTo;

test('what a method is given is released when it returns, unless it is kept', async () => {
  const provider = new Provider([Holder]);
  const foreign = provider.host.handle(1n);
  const lend = () => ({ tag: 'proxy', val: provider.host.handle(1n) });
  const [first, second] = [await provider.create('Holder'), await provider.create('Holder')];
  const before = provider.host.live;
  await provider.exported.call(first.id(), 'hold', [lend()], []);
  assert.equal(provider.host.live, before);
  assert.match((await provider.failure(first, 'use'))[2], /^this proxy was released at the end of the call that it came with: keep\(\)/);

  // Each of two keeps it, and it is one handle all the same.
  await provider.exported.call(first.id(), 'keep', [lend()], []);
  await provider.exported.call(second.id(), 'keep', [lend()], []);
  assert.equal(provider.host.live, before + 1);
  await provider.exported.release(first.id());
  assert.equal(await provider.call(second, 'use'), 'list');
  await provider.exported.release(second.id());
  assert.equal(provider.host.live, before);
  foreign[DISPOSE]();
});

test('a provider gives out proxies with fewer rights, and holds none', async () => {
  const provider = new Provider([Holder]);
  proxyTo = (instance) => wrap(provider.types.open(instance));
  const holder = await provider.create('Holder');
  const reader = await provider.call(holder, 'reader');
  assert.deepEqual([reader.id(), reader.rightsKey()], [holder.id(), 7n]);
  assert.equal(provider.host.live, 2);
});

test('a constructor that returns something else makes nothing', async () => {
  class Odd {
    constructor() {
      return {};
    }
  }
  const provider = new Provider([Odd, Plain]);
  const error = await payload(provider.create('Odd'));
  assert.deepEqual(parts(error), ['type', 'TypeError', "the constructor of 'Odd' returned something else"]);
});

test('where one new object of several cannot be made, none is', async () => {
  const provider = new Provider([Plain]);
  const { host } = provider;
  const { adopt: make } = host;
  host.adopt = (typeid) => {
    if (host.live === 2) throw thrown({ kind: 'quota-exceeded', typeName: 'QuotaExceeded', message: 'enough' });
    return make(typeid);
  };
  assert.throws(() => toValue([new Plain(), new Plain(), new Plain()]), { kind: 'quota-exceeded' });
  assert.equal(host.live, 0);
});
