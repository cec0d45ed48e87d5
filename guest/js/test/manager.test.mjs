// The modules that import the generated bindings, with others in their places.

import assert from 'node:assert/strict';
import { register } from 'node:module';
import { test } from 'node:test';

import { CommonholdError, adopt, toValue } from '../commonhold.js';
import { FakeHost, FakeManager, thrown } from './fake.mjs';

register('./loader.mjs', import.meta.url);
// No test but the last is a provider's.
const NONE = { 'provider-host': { keyOf: () => undefined } };
const { Provider, create, iterate, join, lookUp, publish, publishedNames, spawn, typeids, withdraw } = await import('../manager.js');
const { provider, proxyOf, stateOf } = await import('../provider.js');

test('objects are made by the names of their types', () => {
  const host = new FakeManager();
  const asked = [];
  globalThis.bindings = {
    ...NONE,
    manager: {
      create(...given) {
        asked.push(given);
        return host.handle(900n);
      },
      typeids: () => ['list'],
    },
  };
  assert.equal(create('list', [[1]], { key: 2 }).id, 900n);
  assert.deepEqual(asked, [['list', [toValue([1])], [['key', toValue(2)]], undefined]]);
  assert.deepEqual(typeids(), ['list']);
  globalThis.bindings.manager.create = () => {
    throw thrown({ kind: 'no-such-type', typeName: 'NoSuchType', message: 'none' });
  };
  assert.throws(() => create('planet'), (error) => error instanceof CommonholdError && error.kind === 'no-such-type');
});

test('what is gone over is drawn item by item, and its iterator given back', () => {
  const host = new FakeManager();
  let left = 3;
  globalThis.bindings = {
    ...NONE,
    iterators: { create: () => host.handle(901n), next: () => (left > 0 ? toValue(--left) : undefined) },
  };
  assert.deepEqual([...iterate([1])], [2, 1, 0]);
  left = 3;
  for (const item of iterate([1])) {
    assert.equal(item, 2);
    break;
  }
  assert.equal(host.live, 0);
});

test('objects are published under names, and found', () => {
  const host = new FakeManager();
  const published = new Map();
  globalThis.bindings = {
    ...NONE,
    names: {
      publish: (name, raw) => void published.set(name, raw.duplicate()),
      withdraw: (name) => void published.delete(name),
      lookUp(name) {
        if (!published.has(name)) throw thrown({ kind: 'no-such-name', typeName: 'NoSuchName', message: name });
        return published.get(name).duplicate();
      },
      names: () => [...published.keys()],
    },
  };
  const shared = adopt(host.handle(905n));
  assert.equal(publish('jobs', shared), undefined);
  assert.deepEqual(publishedNames(), ['jobs']);
  assert.equal(lookUp('jobs'), shared);
  withdraw('jobs');
  assert.throws(() => lookUp('jobs'), { kind: 'no-such-name' });
});

test('rights are given as narrowing takes them', () => {
  const host = new FakeManager();
  let given;
  globalThis.bindings = { ...NONE, manager: { create: (...args) => ((given = args[3]), host.handle(906n)) } };
  create('list', [], {}, { methods: ['append'], lifetime: 2, uses: 3 });
  assert.deepEqual(given, { methods: ['append'], getValue: false, toText: false, lifetime: 2_000_000n, uses: 3n });
});

test('processes are started, and joined for what they end with', () => {
  const host = new FakeManager();
  const asked = [];
  let outcome;
  globalThis.bindings = {
    ...NONE,
    processes: {
      spawn(...given) {
        asked.push(given);
        return host.handle(902n);
      },
      join: () => outcome,
    },
  };
  const process = spawn('work', ['a'], { daemon: true });
  assert.deepEqual(asked, [[undefined, 'work', [toValue('a')], { name: undefined, daemon: true }]]);
  const joined = (tag, val) => {
    outcome = { tag, val };
    return join(process);
  };
  assert.equal(joined('returned', toValue(5)), 5);
  assert.equal(joined('exited', 0), null);
  assert.throws(() => joined('exited', 3), /exited with status 3/);
  assert.throws(() => joined('killed'), /was killed/);
  for (const tag of ['failed', 'trapped', 'limit-exceeded']) {
    assert.throws(() => joined(tag, { kind: 'os', typeName: 'OSError', message: tag }), { kind: 'os', message: tag });
  }
});

test('a provider of the program\'s own makes objects of its types', () => {
  const host = new FakeManager();
  const asked = [];
  globalThis.bindings = {
    ...NONE,
    providers: {
      start(...given) {
        asked.push(given);
        return host.handle(903n);
      },
      create(provider, ...given) {
        asked.push([provider.id(), ...given]);
        return host.handle(904n);
      },
      typeids: (provider) => [`${provider.id()}`],
    },
  };
  const provider = Provider.start(['a'], { program: 'other' });
  assert.deepEqual([provider.process.id, provider.typeids], [903n, ['903']]);
  assert.equal(provider.create('Thing', [1], { key: 2 }).id, 904n);
  assert.equal(new Provider(provider.process).process, provider.process);
  assert.deepEqual(asked, [['other', [toValue('a')]], [903n, 'Thing', [toValue(1)], [['key', toValue(2)]], undefined]]);
});

test('a provider has types and entries, and proxies to its own objects', async () => {
  const host = new FakeHost();
  globalThis.bindings = { 'provider-host': host };
  class Thing {}
  const { run, customTypes } = provider([Thing], { main: () => 5 });
  assert.deepEqual(await run('main', []), { tag: 'int', val: 5n });
  assert.deepEqual((await customTypes.describe([])).map(({ typeid }) => typeid), ['Thing', 'Thing_iterator']);
  const thing = new Thing();
  const proxy = proxyOf(thing);
  assert.equal(host.objects.get(proxy.id).typeid, 'Thing');
  assert.equal(stateOf(proxy), thing);
  assert.equal(adopt(proxy.raw.duplicate()), thing);
  assert.throws(() => proxyOf({}), /no instance of a shared type of this program/);
});
