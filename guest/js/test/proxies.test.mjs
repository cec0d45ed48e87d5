import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';

import {
  CommonholdError, ERROR_KINDS, Float, SharedProxy, Slice, Tuple, adopt, attempt, fromError, fromOptional, fromValue, program,
  toArgument, toError, toValue,
} from '../commonhold.js';
import { FakeManager, thrown } from './fake.mjs';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

/** Ids that no other test of this file uses. */
let lastId = 0n;
const newId = () => ++lastId;

test('reading one proxy many times holds one handle', () => {
  const manager = new FakeManager();
  const id = newId();
  const first = fromValue({ tag: 'proxy', val: manager.handle(id) });
  for (let round = 0; round < 1000; round++) {
    assert.equal(fromValue({ tag: 'proxy', val: manager.handle(id) }), first);
  }
  assert.equal(manager.live, 1);
  assert.equal(manager.most, 2);
});

test('proxies with other rights, or to other referents, are others', () => {
  const manager = new FakeManager();
  const id = newId();
  const all = adopt(manager.handle(id));
  const few = adopt(manager.handle(id, 1n));
  const other = adopt(manager.handle(newId()));
  assert.equal(new Set([all, few, other]).size, 3);
  assert.equal(adopt(manager.handle(id)), all);
  assert.equal(adopt(manager.handle(id, 1n)), few);
  assert.equal(manager.live, 3);
});

test('a proxy is narrowed for so many milliseconds and uses', () => {
  const manager = new FakeManager();
  const proxy = adopt(manager.handle(newId()));
  const most = 0xffff_ffff_ffff_ffffn;
  for (const [lifetime, uses] of [[undefined, undefined], [1.5, 3], [-1, 0], [1e30, 10n ** 30n], [Infinity, 1]]) {
    assert.notEqual(proxy.narrow({ lifetime, uses }), proxy);
  }
  assert.deepEqual(
    manager.narrowed.map(({ lifetime, uses }) => [lifetime, uses]),
    [[undefined, undefined], [1_500_000n, 3n], [0n, 0n], [most, most], [undefined, 1n]],
  );
  proxy.narrow({ methods: ['get'], toText: true });
  const asked = { methods: ['get'], getValue: false, toText: true, lifetime: undefined, uses: undefined };
  assert.deepEqual(manager.narrowed.at(-1), asked);
  for (const uses of [-1, 1.5, NaN]) assert.throws(() => proxy.narrow({ uses }), RangeError);
  assert.throws(() => proxy.narrow({ lifetime: NaN }), RangeError);
});

test('the proxies of a tree are the same as those read alone', () => {
  const manager = new FakeManager();
  const id = newId();
  const proxies = [manager.handle(id), manager.handle(id)];
  const [a, b] = fromValue({ tag: 'tree', val: { data: Uint8Array.of(7, 2, 13, 13), proxies } });
  assert.equal(a, b);
  assert.equal(a.id, id);
  assert.equal(manager.live, 1);
});

test('a released proxy gives its handle back once, and says so when used', () => {
  const manager = new FakeManager();
  const id = newId();
  const proxy = adopt(manager.handle(id));
  proxy.release();
  proxy.release();
  assert.equal(manager.live, 0);
  assert.throws(() => proxy.typeid, /this proxy was released/);
  assert.equal(proxy.id, id);
  assert.throws(() => toArgument([proxy]), /this proxy was released/);
  const again = adopt(manager.handle(id));
  assert.notEqual(again, proxy);
  assert.equal(manager.live, 1);
  again.release();
});

test('proxies that nobody holds any more give their handles back', async () => {
  const manager = new FakeManager();
  const kept = Array.from({ length: 300 }, () => adopt(manager.handle(newId())));
  for (let round = 0; round < 20; round++) {
    for (let made = 0; made < 300; made++) adopt(manager.handle(newId()));
    await new Promise(setImmediate);
    collect();
  }
  assert.ok(manager.most < 3000, `at most ${manager.most}`);
  for (const proxy of kept) {
    assert.equal(proxy.typeid, 'list');
    proxy.release();
  }
});

test('a referent that was collected and read again is another proxy of the same', async () => {
  const manager = new FakeManager();
  const id = newId();
  for (let round = 0; round < 1000; round++) {
    adopt(manager.handle(id));
    if (round % 100 === 0) {
      await new Promise(setImmediate);
      collect();
    }
  }
  const proxy = adopt(manager.handle(id));
  assert.equal(adopt(manager.handle(id)), proxy);
  assert.ok(manager.live <= 11, `${manager.live}`);
});

test('scalars cross as themselves', () => {
  const bytes = new Uint8Array([1, 2]);
  const same = [
    [null, { tag: 'null' }],
    [undefined, { tag: 'null' }],
    [true, { tag: 'boolean', val: true }],
    [3, { tag: 'int', val: 3n }],
    [2n ** 63n - 1n, { tag: 'int', val: 2n ** 63n - 1n }],
    [1.5, { tag: 'float', val: 1.5 }],
    [-0, { tag: 'float', val: -0 }],
    [2 ** 53, { tag: 'float', val: 2 ** 53 }],
    [new Float(2), { tag: 'float', val: 2 }],
    ['text', { tag: 'text', val: 'text' }],
    [bytes, { tag: 'bytes', val: bytes }],
  ];
  for (const [value, argument] of same) {
    assert.deepEqual(toArgument(value), argument);
    assert.deepEqual(toValue(value), argument);
  }
  assert.equal(toArgument(2n ** 63n).tag, 'tree');
  assert.deepEqual(toArgument([1]), { tag: 'tree', val: { data: Uint8Array.of(7, 1, 2, 2), proxies: [] } });
  assert.throws(() => toArgument('\ud800'), /surrogate/);
});

test('integers are read as numbers where that is exact', () => {
  assert.equal(fromValue({ tag: 'int', val: 7n }), 7);
  assert.equal(fromValue({ tag: 'int', val: -(2n ** 53n) + 1n }), -(2 ** 53) + 1);
  assert.equal(fromValue({ tag: 'int', val: 2n ** 53n }), 2n ** 53n);
  assert.equal(fromValue({ tag: 'null' }), null);
  assert.equal(fromValue({ tag: 'float', val: 2.5 }), 2.5);
  assert.equal(fromOptional(undefined), undefined);
  assert.equal(fromOptional({ tag: 'null' }), null);
});

test('arguments lend handles, results duplicate them', () => {
  const manager = new FakeManager();
  const proxy = adopt(manager.handle(newId()));
  assert.equal(toArgument(proxy).val, proxy.raw);
  assert.deepEqual(toArgument([proxy, proxy]).val.proxies, [proxy.raw, proxy.raw]);
  assert.equal(manager.live, 1);
  assert.notEqual(toValue(proxy).val, proxy.raw);
  assert.equal(manager.live, 2);
  assert.equal(toValue({ a: [proxy] }).val.proxies.length, 1);
  assert.equal(manager.live, 3);
});

test('a value that cannot travel duplicates nothing', () => {
  const manager = new FakeManager();
  const proxy = adopt(manager.handle(newId()));
  const released = adopt(manager.handle(newId()));
  released.release();
  assert.throws(() => toValue([proxy, new Date()]), /Date cannot travel/);
  assert.throws(() => toValue([proxy, released]), /released/);
  assert.equal(manager.live, 1);
});

test('methods are called with positional and named arguments', () => {
  const proxy = adopt(new FakeManager().handle(newId()));
  assert.equal(proxy.call('sort', [], { reverse: true }), 'sort, 0, 1');
  assert.equal(proxy.call('insert', [0, 'a']), 'insert, 2, 0');
});

test('text that cannot be had says why', () => {
  const raw = new FakeManager().handle(newId());
  const proxy = adopt(raw);
  assert.equal(`${proxy}`, '[]');
  raw.toText = () => {
    throw thrown({ kind: 'not-exposed', typeName: 'NotExposed', message: 'no right to print' });
  };
  assert.match(`${proxy}`, /^<ListProxy object, typeid 'list' at 0x[0-9a-f]+; NotExposed: no right to print>$/);
});

test('what comes from the realm of the bindings is known for what it is', () => {
  const bytes = fromValue({ tag: 'bytes', val: vm.runInNewContext('new Uint8Array([1, 2])') });
  assert.ok(bytes instanceof Uint8Array);
  assert.deepEqual(bytes, Uint8Array.of(1, 2));
  const data = vm.runInNewContext('new Uint8Array([7, 1, 6, 1, 9])');
  const [inner] = fromValue({ tag: 'tree', val: { data, proxies: [] } });
  assert.ok(inner instanceof Uint8Array);
  assert.equal(toArgument(vm.runInNewContext('new Uint8Array(2)')).tag, 'bytes');
  assert.deepEqual(toArgument([vm.runInNewContext('new Uint8Array(1)')]).val.data, Uint8Array.of(7, 1, 6, 1, 0));
  assert.equal(toError(vm.runInNewContext('new TypeError("x")')).kind, 'type');
  const error = Object.assign(vm.runInNewContext('new Error("x")'), { payload: { kind: 'os', typeName: 'E', message: 'm' } });
  assert.throws(() => attempt(() => { throw error; }), CommonholdError);
});

test('errors of the contract are thrown as CommonholdError', () => {
  const args = { tag: 'tree', val: { data: Uint8Array.of(8, 1, 2, 2), proxies: [] } };
  const payload = { kind: 'key', typeName: 'KeyError', message: '1', args, traceback: 'over there' };
  assert.throws(() => attempt(() => { throw thrown(payload); }), (error) => {
    assert.ok(error instanceof CommonholdError);
    assert.deepEqual([error.kind, error.name, error.message, error.traceback], ['key', 'KeyError', '1', 'over there']);
    assert.deepEqual(error.args, new Tuple([1]));
    assert.equal(String(error), 'KeyError: 1');
    return true;
  });
  const bug = new RangeError('a bug');
  assert.throws(() => attempt(() => { throw bug; }), (error) => error === bug);
  assert.equal(attempt(() => 5), 5);
  assert.equal(fromError({ kind: 'index', typeName: 'IndexError', message: 'm' }).args, undefined);
  assert.throws(() => new CommonholdError('nonsense', 'm'), /no kind of error 'nonsense'/);
});

test('whatever is thrown becomes an error of the contract', () => {
  class Trouble extends Error {
    name = 'Trouble';
  }
  const of = (error) => {
    const { kind, typeName, message } = toError(error);
    return [kind, typeName, message];
  };
  assert.deepEqual(of(new CommonholdError('full', 'no room')), ['full', 'queue.Full', 'no room']);
  assert.deepEqual(of(new TypeError('x')), ['type', 'TypeError', 'x']);
  assert.deepEqual(of(new RangeError('x')), ['value', 'RangeError', 'x']);
  assert.deepEqual(of(new Error('x')), ['other', 'Error', 'x']);
  assert.deepEqual(of(new Trouble('x')), ['custom', 'Trouble', 'x']);
  assert.deepEqual(of('text'), ['other', 'string', 'text']);
  const payload = { kind: 'os', typeName: 'OSError', message: '' };
  assert.equal(toError(thrown(payload)), payload);
  const { args } = toError(new CommonholdError('key', '1', { args: new Tuple([1]) }));
  assert.deepEqual(args.val.data, Uint8Array.of(8, 1, 2, 2));
});

test('an error of a class of the program\'s own bears its name', () => {
  class Silent extends RangeError {}
  class Named extends Error {
    name = 'mine.Named';
  }
  class Kept extends CommonholdError {
    constructor(code) {
      super('custom', `code ${code}`, { args: [code] });
    }
  }
  const of = (error) => {
    const { kind, typeName } = toError(error);
    return [kind, typeName];
  };
  assert.deepEqual(of(new Silent('x')), ['custom', 'Silent']);
  assert.deepEqual(of(new Named('x')), ['custom', 'mine.Named']);
  assert.deepEqual(of(new Kept(1)), ['custom', 'Kept']);
  assert.deepEqual(of(new CommonholdError('custom', 'x')), ['custom', 'Exception']);
  assert.deepEqual(of(new ReferenceError('x')), ['other', 'ReferenceError']);
  assert.deepEqual(fromValue(toError(new Kept(1)).args), Tuple.of(1));
  assert.deepEqual(fromValue(toError(Object.assign(new Silent('x'), { args: [2] })).args), Tuple.of(2));
});

test('whatever is thrown that is no error is an error with it as its argument', () => {
  class Reason {
    why = 'none';
  }
  const of = (thrown) => {
    const { kind, typeName, message, args, traceback } = toError(thrown);
    assert.deepEqual([kind, traceback], ['other', undefined]);
    return [typeName, message, args && fromValue(args)];
  };
  assert.deepEqual(of('text'), ['string', 'text', undefined]);
  assert.deepEqual(of(undefined), ['undefined', 'undefined', undefined]);
  assert.deepEqual(of(null), ['null', 'null', Tuple.of(null)]);
  assert.deepEqual(of(5), ['number', '5', Tuple.of(5)]);
  assert.deepEqual(of({ a: 1 }), ['Object', '{"a":1}', Tuple.of(new Map([['a', 1]]))]);
  assert.deepEqual(of(new Reason()), ['Reason', '{"why":"none"}', undefined]);
  assert.deepEqual(of(Symbol('s')), ['symbol', 'Symbol(s)', undefined]);
  // An object with a payload of its own is no error of the contract.
  assert.deepEqual(of({ payload: { kind: 'click' } })[1], '{"payload":{"kind":"click"}}');
});

test('a strange error is told as far as it can be', () => {
  const hostile = () => {
    throw new Error('a trap');
  };
  const parts = ({ kind, typeName, message, args }) => [kind, typeName, message, args];
  const error = new TypeError('x');
  assert.match(error.stack, /TypeError: x/);
  for (const name of ['name', 'message', 'stack', 'cause', 'args', 'traceback', 'payload', 'constructor']) {
    Object.defineProperty(error, name, { get: hostile });
  }
  assert.deepEqual(parts(toError(error)), ['other', 'Error', '', undefined]);
  const object = new Proxy({}, { get: hostile, getPrototypeOf: hostile, ownKeys: hostile });
  assert.throws(() => object instanceof Error);
  assert.equal(toError(object).kind, 'other');
  assert.equal(toError({ toString: hostile, toJSON: hostile }).message, '[object object]');
  assert.equal(toError(Object.assign(new Error(), { message: 5, name: {} })).message, '5');
  const unsent = new CommonholdError('key', 'k', { args: [new Date()] });
  assert.deepEqual(parts(toError(unsent)), ['key', 'KeyError', 'k', undefined]);
  const unread = { kind: 'key', typeName: 'K', message: 'k', args: { tag: 'tree', val: { data: Uint8Array.of(99), proxies: [] } } };
  assert.deepEqual([fromError(unread).name, fromError(unread).args], ['K', undefined]);
});

test('a traceback tells what caused an error, once', () => {
  const first = new RangeError('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  const { traceback } = toError(new AggregateError([second, 'a text'], 'all'));
  const titles = traceback.split('\n').filter((line) => !/^ *at |^$/.test(line));
  assert.deepEqual(titles, [
    'AggregateError: all', 'Caused by Error: second', 'Caused by RangeError: first', 'Caused by a text',
  ]);
});

test('a traceback is of the program and not of the SDK', () => {
  const stack = [
    'CommonholdError@commonhold-guest/errors.js:68:5', 'main@main.js:7:72', 'run@commonhold-guest/program.js:26:41',
    'export_run@/tmp/35492a4c039b/sources/initializer.js:101475:29', '',
  ].join('\n');
  assert.equal(toError(Object.assign(new Error('x'), { stack })).traceback, 'Error: x\n    at main@main.js:7:72');
});

test('errors of methods are told from those of the framework', () => {
  const framework = ERROR_KINDS.filter((kind) => new CommonholdError(kind, '').isFramework);
  assert.deepEqual(framework, [
    'not-exposed', 'unserializable', 'bad-value', 'no-such-type', 'no-such-name', 'no-such-entry', 'stale', 'revoked',
    'deadlock', 'quota-exceeded', 'process-died', 'provider-died', 'cancelled', 'internal',
  ]);
});

test('a proxy\'s methods are functions', () => {
  const raw = new FakeManager().handle(newId());
  raw.methods = () => ['sort', 'insert'];
  const { sort, ...others } = adopt(raw).remote;
  assert.equal(sort(1, 2), 'sort, 2, 0');
  assert.deepEqual(Object.keys(others), ['insert']);
});

test('a traceback tells both sides', () => {
  function somewhere() {
    throw new CommonholdError('index', 'out of range', { traceback: 'over there\n' });
  }
  assert.throws(somewhere, (error) => {
    const { traceback } = toError(error);
    assert.match(traceback, /^over there\n\nOn this side:\n\nIndexError: out of range\n(.|\n)* {4}at (.|\n)*somewhere/);
    return true;
  });
});

test('a program runs the entry that is asked for', async () => {
  const manager = new FakeManager();
  const { run, customTypes } = program({
    echo: (...args) => args,
    later: async (value) => value + 1,
    fail: () => {
      throw new CommonholdError('full', 'no room');
    },
    odd: () => new Date(),
    slice: () => new Slice(),
    same: (a, b) => a instanceof SharedProxy && a === b,
  });
  assert.deepEqual(await run('later', [{ tag: 'int', val: 1n }]), { tag: 'int', val: 2n });
  assert.deepEqual((await run('echo', [{ tag: 'text', val: 'a' }])).val.data, Uint8Array.of(7, 1, 5, 1, 97));
  assert.deepEqual((await run('slice', [])).val.data, Uint8Array.of(12, 0, 0, 0));
  const id = newId();
  const args = [manager.handle(id), manager.handle(id)].map((val) => ({ tag: 'proxy', val }));
  assert.deepEqual(await run('same', args), { tag: 'boolean', val: true });
  const failure = (entry) => run(entry, []).then(assert.fail, (error) => error.payload);
  assert.deepEqual([(await failure('fail')).kind, (await failure('fail')).message], ['full', 'no room']);
  assert.equal((await failure('odd')).kind, 'unserializable');
  assert.equal((await failure('toString')).kind, 'no-such-entry');
  assert.match((await failure('none')).message, /^no entry 'none'; there are: echo, later, fail,/);
  assert.deepEqual(customTypes.describe(), []);
  assert.throws(() => customTypes.construct(1n, 'T', [], []), (error) => error.payload.kind === 'no-such-type');
});
