// A guest on the generated bindings alone, without the SDK: the proof that the contract serves
// JavaScript. Nested values are written byte by byte, as docs/values.md has them.
//
// The entries `lists`, `dicts`, `nested`, `errors`, `locking` and `spawning` check what they see and
// return how many checks there were; a check that fails is an error of kind `assertion`, which says what was
// expected and what came. The others are made to be run beside a host that looks on: see each.

import * as dicts from 'commonhold:manager/dicts@0.1.0';
import * as iterators from 'commonhold:manager/iterators@0.1.0';
import * as lists from 'commonhold:manager/lists@0.1.0';
import * as locks from 'commonhold:manager/locks@0.1.0';
import * as manager from 'commonhold:manager/manager@0.1.0';
import * as names from 'commonhold:manager/names@0.1.0';
import * as processes from 'commonhold:manager/processes@0.1.0';

const NULL = { tag: 'null' };
// What a process is started with where there is nothing to say.
const PLAIN = { name: undefined, daemon: false };
const int = (number) => ({ tag: 'int', val: BigInt(number) });
const float = (val) => ({ tag: 'float', val });
const text = (val) => ({ tag: 'text', val });
const boolean = (val) => ({ tag: 'boolean', val });
const bytes = (...val) => ({ tag: 'bytes', val: Uint8Array.from(val) });
const proxy = (val) => ({ tag: 'proxy', val });
const tree = (data, ...proxies) => ({ tag: 'tree', val: { data: Uint8Array.from(data), proxies } });

// The bytes of nodes. Lengths and numbers here are below 64, so that each takes one byte.
const n = (number) => [2, number < 0 ? -2 * number - 1 : 2 * number];
const t = (ascii) => [5, ascii.length, ...[...ascii].map((letter) => letter.charCodeAt(0))];
const list = (...nodes) => [7, nodes.length, ...nodes.flat()];
const tuple = (...nodes) => [8, nodes.length, ...nodes.flat()];
const dict = (...entries) => [9, entries.length, ...entries.flat(2)];
const MARK = [13];

// Disposing of a handle twice ends the guest, and so does using it afterwards: the bindings do not guard.
const drop = (handle) => handle[Symbol.dispose]();

/** What a function of the contract throws has the error in `payload`, and so has what is thrown at the caller. */
function failure(kind, typeName, message, more = {}) {
  return { payload: { kind, typeName, message, args: undefined, traceback: undefined, ...more } };
}

let checks = 0;

function same(actual, expected) {
  checks++;
  const [was, should] = [show(actual), show(expected)];
  if (was !== should) {
    const traceback = new Error().stack;
    throw failure('assertion', 'AssertionError', `expected ${should}, but it was ${was}`, { traceback });
  }
}

function show(value) {
  return JSON.stringify(value, (_key, part) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (ArrayBuffer.isView(part)) return Array.from(part);
    return part === undefined ? 'undefined' : part;
  });
}

function payloadOf(operation) {
  try {
    operation();
  } catch (error) {
    if (error?.payload === undefined) throw error;
    return error.payload;
  }
  throw failure('assertion', 'AssertionError', `no error from ${operation}`);
}

function lists_() {
  const empty = lists.create();
  same(lists.length(empty), 0n);
  drop(empty);

  const it = lists.createFrom(tree(list(n(3), n(1), n(2))));
  same(it.typeid(), 'list');
  lists.append(it, text('four'));
  lists.insert(it, 0n, NULL);
  lists.extend(it, tree(tuple(n(-1))));
  same(it.toText(), "[None, 3, 1, 2, 'four', -1]");
  same(lists.getItem(it, -1n), int(-1));
  same(lists.getItem(it, 4n), text('four'));
  same(lists.getItem(it, 0n), NULL);
  same(lists.getSlice(it, { start: 1n, stop: 5n, step: 2n }), tree(list(n(3), n(2))));
  same(lists.getSlice(it, { step: -2n }), tree(list(n(-1), n(2), n(3))));
  same(lists.pop(it), int(-1));
  same(lists.pop(it, 0n), NULL);
  lists.setItem(it, 3n, float(2.5));
  lists.setSlice(it, { start: 0n, stop: 1n }, tree(list(n(9), n(8))));
  same(it.toText(), '[9, 8, 1, 2, 2.5]');
  lists.sort(it, false);
  same(it.toText(), '[1, 2, 2.5, 8, 9]');
  lists.reverse(it);
  same(lists.index(it, float(8)), 1n);
  same(lists.count(it, boolean(true)), 1n);
  same(lists.contains(it, int(7)), false);
  same(lists.fetchAdd(it, 0n, int(1)), int(9));
  lists.deleteItem(it, -1n);
  lists.deleteSlice(it, { start: 2n });
  same(lists.copy(it), tree(list(n(10), n(8))));
  same(lists.repeat(it, 2n), tree(list(n(10), n(8), n(10), n(8))));
  same(lists.concat(it, tree(list(n(0)))), tree(list(n(10), n(8), n(0))));
  same(it.call('__len__', [], []), int(2));
  same(it.call('sort', [], [['reverse', boolean(false)]]), NULL);
  same(it.getValue(), tree(list(n(8), n(10))));
  lists.clear(it);
  lists.append(it, bytes(0, 255));
  same(lists.getItem(it, 0n), bytes(0, 255));
  lists.append(it, text('\u00e9\u{1f419}'));
  same(lists.getItem(it, 1n), text('\u00e9\u{1f419}'));
  lists.append(it, int(-(2n ** 63n)));
  same(lists.getItem(it, 2n), int(-(2n ** 63n)));
  drop(it);
}

function dicts_() {
  const it = dicts.createFrom(tree(dict([t('a'), n(1)], [n(2), t('b')])));
  same(it.typeid(), 'dict');
  same(dicts.length(it), 2n);
  same(dicts.getItem(it, float(2)), text('b'));
  same(dicts.find(it, text('none')), undefined);
  same(dicts.find(it, text('a')), int(1));
  dicts.setItem(it, NULL, boolean(true));
  same(dicts.contains(it, NULL), true);
  same(it.toText(), "{'a': 1, 2: 'b', None: True}");
  same(dicts.popItem(it), [NULL, boolean(true)]);
  same(dicts.setDefault(it, text('a'), int(5)), int(1));
  same(dicts.setDefault(it, text('c'), int(5)), int(5));
  same(dicts.fetchAdd(it, text('c'), int(2)), int(5));
  same(dicts.fetchAdd(it, text('new'), int(2), int(0)), int(0));
  same(dicts.take(it, int(2)), text('b'));
  same(dicts.take(it, int(2)), undefined);
  dicts.update(it, tree(list(tuple(t('a'), n(6)))));
  same(dicts.copy(it), tree(dict([t('a'), n(6)], [t('c'), n(7)], [t('new'), n(2)])));
  same(dicts.keys(it), tree(list(t('a'), t('c'), t('new'))));
  same(dicts.values(it), tree(list(n(6), n(7), n(2))));
  same(dicts.items(it), tree(list(tuple(t('a'), n(6)), tuple(t('c'), n(7)), tuple(t('new'), n(2)))));
  const keys = dicts.iterate(it);
  same(keys.typeid(), 'Iterator');
  same([1, 2, 3, 4].map(() => iterators.next(keys)?.val), ['a', 'c', 'new', undefined]);
  drop(keys);
  dicts.deleteItem(it, text('new'));
  dicts.clear(it);
  same(dicts.length(it), 0n);
  drop(it);
}

function nested() {
  const before = manager.numberOfObjects();
  const outer = lists.create();
  const inner = manager.create('dict', [], [['key', text('by name')]], undefined);
  lists.append(outer, proxy(inner));
  lists.append(outer, tree(list(MARK, list(MARK)), inner, outer));
  drop(inner);
  same(manager.numberOfObjects(), before + 2n);

  const again = lists.getItem(outer, 0n);
  same(again.tag, 'proxy');
  same(dicts.getItem(again.val, text('key')), text('by name'));
  dicts.setItem(again.val, text('key'), text('changed'));

  const { tag, val } = lists.getItem(outer, 1n);
  same([tag, val.data], ['tree', Uint8Array.from(list(MARK, list(MARK)))]);
  same(val.proxies.map((handle) => handle.id()), [again.val.id(), outer.id()]);
  same(val.proxies[0].toText(), "{'key': 'changed'}");

  const twin = outer.duplicate();
  same([twin.id(), twin.rightsKey()], [outer.id(), outer.rightsKey()]);
  const reader = outer.narrow({ methods: ['__len__', '__getitem__'], getValue: false, toText: false });
  same(lists.length(reader), 2n);
  same(reader.methods().sort(), ['__getitem__', '__len__']);
  same(reader.rightsKey() === outer.rightsKey(), false);
  same(payloadOf(() => lists.append(reader, NULL)).kind, 'not-exposed');
  const taken = outer.narrow({ methods: undefined, getValue: true, toText: true });
  taken.revoke();
  same(payloadOf(() => lists.length(taken)).kind, 'revoked');
  const once = outer.narrow({ methods: undefined, getValue: true, toText: true, lifetime: 3_600_000_000_000n, uses: 1n });
  same(lists.length(once), 2n);
  same(payloadOf(() => lists.length(once)).message, 'the proxy was used up');

  // The list holds itself: emptied, nothing here is in a cycle any more.
  lists.clear(outer);
  same(manager.numberOfObjects(), before + 2n);
  for (const handle of [again.val, ...val.proxies, twin, reader, taken, once]) drop(handle);
  same(manager.numberOfObjects(), before + 1n);
  drop(outer);
  same(manager.numberOfObjects(), before);
}

function errors() {
  const it = lists.create();
  const map = dicts.create();
  const of = (operation) => {
    const { kind, typeName, message } = payloadOf(operation);
    return [kind, typeName, message];
  };
  same(of(() => lists.getItem(it, 20n)), ['index', 'IndexError', 'list index out of range']);
  same(of(() => lists.pop(it)), ['index', 'IndexError', 'pop from empty list']);
  same(of(() => lists.remove(it, int(1))), ['value', 'ValueError', 'list.remove(x): x not in list']);
  same(of(() => dicts.setItem(map, tree(list()), NULL)).slice(0, 2), ['type', 'TypeError']);
  same(of(() => dicts.length(it)).slice(0, 2), ['type', 'TypeError']);
  same(of(() => it.call('no_such_method', [], []))[0], 'not-exposed');
  // No name is granted to this guest.
  same(of(() => names.lookUp('it')), ['no-such-name', 'NoSuchName', "no object is published as 'it'"]);
  same(of(() => names.withdraw('it'))[0], 'no-such-name');
  same(of(() => names.publish('it', it))[0], 'not-exposed');
  same(names.names(), []);
  same(of(() => manager.create('planet', [], [], undefined))[0], 'no-such-type');
  same(of(() => lists.append(it, tree([7, 2, 2])))[0], 'bad-value');
  same(of(() => processes.spawn('no such program', 'main', [], PLAIN))[0], 'no-such-name');

  // A missing key is in the arguments, a proxy as it is.
  same(payloadOf(() => dicts.getItem(map, tree(tuple(n(1), t('x'))))).args, tree(tuple(tuple(n(1), t('x')))));
  const { args } = payloadOf(() => dicts.deleteItem(map, proxy(it)));
  same([args.val.data, args.val.proxies[0].id()], [Uint8Array.from(tuple(MARK)), it.id()]);

  // What is thrown is an error of JavaScript's, too, but of the realm of the bindings: no `instanceof Error`.
  try {
    lists.pop(it);
  } catch (error) {
    same([Object.prototype.toString.call(error), error.payload.kind], ['[object Error]', 'index']);
  }
  for (const handle of [it, map, ...args.val.proxies]) drop(handle);
}

function locking() {
  const it = locks.create();
  same(locks.locked(it), false);
  same(locks.acquire(it), 'acquired');
  same(locks.acquire(it, 0n), 'timed-out');
  same(locks.acquire(it, 1_000_000n), 'timed-out');
  same(locks.locked(it), true);
  locks.release(it);
  const { kind, message } = payloadOf(() => locks.release(it));
  same([kind, message], ['runtime', 'release unlocked lock']);
  drop(it);
}

function spawning() {
  const shared = lists.create();
  const lock = locks.create();

  const child = processes.spawn(undefined, 'child', [proxy(shared), tree(list(MARK, n(7)), lock)], PLAIN);
  same(child.typeid(), 'Process');
  const { tag, val } = processes.join(child);
  same([tag, val.tag, Array.from(val.val.data)], ['returned', 'tree', tuple(MARK, t('child was here'))]);
  same(val.val.proxies[0].id(), shared.id());
  same(shared.toText(), '[7]');
  same(processes.isAlive(child), false);
  // An outcome stays, and is given anew.
  const twice = processes.join(child, 0n);
  same(twice.val.val.proxies[0].id(), shared.id());

  const failing = processes.spawn(undefined, 'fail', [], PLAIN);
  const failed = processes.join(failing);
  same([failed.tag, failed.val.kind, failed.val.typeName, failed.val.message], ['failed', 'custom', 'Trouble', 'on purpose']);
  same([failed.val.args, failed.val.traceback], [tree(tuple(n(1), t('two'))), 'in basics.js']);

  const trapping = processes.spawn(undefined, 'trap', [], PLAIN);
  const trapped = processes.join(trapping);
  same([trapped.tag, trapped.val.kind], ['trapped', 'process-died']);

  const exiting = processes.spawn(undefined, 'exit', [int(7)], PLAIN);
  same(processes.join(exiting), { tag: 'exited', val: 7 });

  // The child waits for the lock for ever, with the list in its hands.
  same(locks.acquire(lock), 'acquired');
  const waiting = processes.spawn(undefined, 'wait', [proxy(lock), proxy(shared)], PLAIN);
  same(processes.join(waiting, 0n), undefined);
  same(processes.isAlive(waiting), true);
  processes.kill(waiting);
  same(processes.join(waiting).tag, 'killed');
  locks.release(lock);

  const me = processes.current();
  same(payloadOf(() => processes.join(me)).kind, 'deadlock');
  const handles = [shared, lock, child, failing, trapping, exiting, waiting, me];
  for (const handle of [...handles, ...val.val.proxies, ...twice.val.val.proxies]) drop(handle);
}

/** Child of `spawning`: puts what came with the lock into the list, and gives the list back. */
function child({ val: shared }, { val: { data, proxies: [lock] } }) {
  same(Array.from(data), list(MARK, n(7)));
  same(locks.acquire(lock), 'acquired');
  lists.append(shared, int(7));
  locks.release(lock);
  return tree(tuple(MARK, t('child was here')), shared);
}

/** Returns its argument. */
function echo(value) {
  return value;
}

/** Fails with every part of an error. */
function fail() {
  const args = tree(tuple(n(1), t('two')));
  throw failure('custom', 'Trouble', 'on purpose', { args, traceback: 'in basics.js' });
}

/** Traps: what is thrown has no `payload`. */
function trap() {
  throw new Error('thrown by trap');
}

function exit({ val }) {
  processes.exit(Number(val));
}

/** Waits for a lock for ever, holding whatever else it was given. */
function wait({ val: lock }) {
  locks.acquire(lock);
  return NULL;
}

/**
 * A fixed sequence of host calls over a list, a dict and a lock that the caller made and keeps, for tests
 * that stop a guest at each of them. Nothing is random and no collector runs in between.
 *
 * | calls                                         | afterwards                                              |
 * | --------------------------------------------- | ------------------------------------------------------- |
 * | lists.create                                  | a new list, held here                                   |
 * | lists.append(new, 1)                          |                                                         |
 * | lists.append(list, new)                       | and by list[0]                                          |
 * | dicts.set-item(dict, 'new', new)              | and by dict['new']                                      |
 * | locks.acquire(lock)                           | the lock is held here                                   |
 * | lists.append(list, [new, [dict, new]])        | and twice by list[1], with the dict                     |
 * | drop new                                      | no handle is left to the new list                       |
 * | lists.get-item(list, 0)                       | one again                                               |
 * | processes.spawn('scenario-child', that, list) | a process that holds both, until it ends                |
 * | processes.join                                | it has appended 2 to the new list, and returns it       |
 * | locks.release(lock)                           |                                                         |
 * | lists.pop(list)                               | its three proxies are held here                         |
 * | dicts.take(dict, 'new')                       | and one more                                            |
 * | drop the process                              | it is gone, with its outcome                            |
 * | lists.clear(list)                             | list and dict are empty; new is held by handles only    |
 * | return [new]                                  | and then by the outcome only                            |
 */
function scenario({ val: shared }, { val: map }, { val: lock }) {
  const fresh = lists.create();
  lists.append(fresh, int(1));
  lists.append(shared, proxy(fresh));
  dicts.setItem(map, text('new'), proxy(fresh));
  locks.acquire(lock);
  lists.append(shared, tree(list(MARK, list(MARK, MARK)), fresh, map, fresh));
  drop(fresh);
  const again = lists.getItem(shared, 0n).val;
  const process = processes.spawn(undefined, 'scenario-child', [proxy(again), proxy(shared)], PLAIN);
  processes.join(process);
  locks.release(lock);
  lists.pop(shared);
  dicts.take(map, text('new'));
  drop(process);
  lists.clear(shared);
  return tree(list(MARK), again);
}

function scenarioChild({ val: fresh }) {
  lists.append(fresh, int(2));
  return proxy(fresh);
}

const CHECKS = { 'lists': lists_, 'dicts': dicts_, nested, errors, locking, spawning };
const OTHERS = { child, echo, fail, trap, exit, wait, scenario, 'scenario-child': scenarioChild };

export function run(entry, args) {
  if (Object.hasOwn(CHECKS, entry)) {
    checks = 0;
    CHECKS[entry](...args);
    return int(checks);
  }
  if (Object.hasOwn(OTHERS, entry)) return OTHERS[entry](...args);
  throw failure('no-such-entry', 'NoSuchEntry', `no entry '${entry}'`);
}

/** The world wants these from every program; this one provides no types. */
export const customTypes = {
  describe: () => [],
  construct() {},
  call: () => NULL,
  getValue: () => NULL,
  toText: () => '',
  release() {},
};
