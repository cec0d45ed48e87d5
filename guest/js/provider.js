// Programs that provide shared types.

import * as host from 'commonhold:manager/provider-host@0.1.0';

import { program } from './program.js';
import { wrap } from './proxies.js';
import { SharedTypes } from './types.js';

const types = new SharedTypes(host);

/**
 * What a guest exports that provides shared types, and has entries if it likes: see `program`. A class is a
 * shared type, and its instances are the states of shared objects.
 *
 * ```js
 * class Tally {
 *   static reads = ['count'];
 *   #count;
 *   constructor(start = 0) { this.#count = start; }
 *   add(by) { return this.#count += by; }
 *   count() { return this.#count; }
 *   toString() { return `Tally(${this.#count})`; }
 *   toJSON() { return this.#count; }
 * }
 *
 * export const { run, customTypes } = provider([Tally]);
 * ```
 *
 * Instances, wherever they are returned or passed on, travel as proxies, and proxies to them arrive as the instances
 * themselves. README.md tells the rest.
 *
 * @param {Iterable<Function> | Function} classes the classes, or a function that gives them for the arguments with which
 *   the provider was started
 * @param {Object<string, Function>} [entries] for processes that run this program
 */
export function provider(classes, entries = {}) {
  return { ...program(entries), customTypes: types.exports(classes) };
}

/**
 * The state of a shared object of this program's own: of an instance itself, or of a proxy to one, whatever its rights.
 * Undefined for anything else.
 */
export function stateOf(value) {
  return types.stateOf(value);
}

/**
 * A proxy to an instance, to be narrowed or revoked. As long as the program holds it, the instance has a holder:
 * `release` it.
 */
export function proxyOf(instance) {
  if (!types.includes(instance)) throw new TypeError('this is no instance of a shared type of this program');
  return wrap(types.open(instance));
}
