// A guest whose shared type fails in every way, and that tells what it sees of the failures of others: the same as
// `errors` in Rust.

import * as lists from 'commonhold:manager/lists@0.1.0';

import { attempt } from 'commonhold-guest';
import { create, join, spawn } from 'commonhold-guest/manager';
import { provider } from 'commonhold-guest/provider';

class FaultyError extends Error {
  constructor(code, why) {
    super(`${code}: ${why}`);
    this.args = [code, why];
  }
}

/** Fails. */
class JsFaulty {
  static parameters = { constructor: ['how'] };

  constructor(how = null) {
    if (how === 'built_in') throw new RangeError('a built-in error');
    if (how !== null) throw new FaultyError(7, 'why');
  }

  built_in() {
    throw new RangeError('a built-in error');
  }

  custom() {
    throw new FaultyError(7, 'why');
  }

  unserializable() {
    return new Homebody();
  }

  relays(other, method) {
    return other.call(method);
  }

  /** Ends the provider by a trap: a handle that it gave back is of no use. */
  dies() {
    const list = attempt(() => lists.create());
    list[Symbol.dispose]();
    lists.length(list);
  }
}

/** What cannot travel. */
class Homebody {}

const METHODS = ['new', 'JsFaulty', '__init__', 'built_in', 'custom', 'unserializable', 'relays', 'dies'];

function tell(operation) {
  try {
    return String(operation());
  } catch (error) {
    const whose = error.isFramework ? 'framework' : 'method';
    const args = error.args === undefined ? 'none' : JSON.stringify(error.args);
    const words = (error.traceback ?? '').split(/\W+/);
    const named = METHODS.filter((method) => words.includes(method));
    return `${error} | ${error.kind} (${whose}) | args ${args} | traceback names ${named.join(', ')}`;
  }
}

export const { run, customTypes } = provider([JsFaulty], {
  observes: (typeid, object, other) =>
    Object.entries({
      'constructor, built-in': tell(() => create(typeid, ['built_in'])),
      'constructor, custom': tell(() => create(typeid, ['custom'])),
      'constructor, arguments': tell(() => create(typeid, [1, 2, 3])),
      'method, built-in': tell(() => object.remote.built_in()),
      'method, custom': tell(() => object.remote.custom()),
      'through another provider, built-in': tell(() => other.remote.relays(object, 'built_in')),
      'through another provider, custom': tell(() => other.remote.relays(object, 'custom')),
      'no such method': tell(() => object.call('flies')),
      'not exposed': tell(() => object.narrow({ methods: [] }).call('custom')),
      'no such type': tell(() => create('NoSuchType')),
      'result that cannot travel': tell(() => object.remote.unserializable()),
      'argument that cannot travel': tell(() => object.remote.custom(new Homebody())),
      'no copy': tell(() => object.getValue()),
      'provider died': tell(() => object.remote.dies()),
      'after that': tell(() => object.remote.custom()),
    }),

  passes_on: (object, method) => object.call(method),

  observes_processes: (object) => [['process', tell(() => join(spawn('passes_on', [object, 'custom'])))]],
});
