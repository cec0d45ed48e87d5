// What a program asks of the manager itself.

import * as iterators from 'commonhold:manager/iterators@0.1.0';
import * as manager from 'commonhold:manager/manager@0.1.0';
import * as names from 'commonhold:manager/names@0.1.0';
import * as processes from 'commonhold:manager/processes@0.1.0';
import * as providers from 'commonhold:manager/providers@0.1.0';

import { CommonholdError } from './errors.js';
import { adopt, fromValue, lending, toArgument, toKeywords, toRights, wrap } from './proxies.js';
import { attempt, fromError } from './thrown.js';

/**
 * Makes a shared object of any type by the type's name, one of a provider's as well: `create('list', [[1, 2]])`.
 *
 * @param {string} typeid
 * @param {Iterable} [args]
 * @param {Object} [kwargs]
 * @param [rights] those of the proxy, as `SharedProxy.narrow` takes them; all of them if nothing is said
 */
export function create(typeid, args = [], kwargs = {}, rights = undefined) {
  return lending(() => manager.create(typeid, Array.from(args, toArgument), toKeywords(kwargs), rights && toRights(rights)), adopt);
}

/** The names of all types that `create` knows. */
export function typeids() {
  return manager.typeids();
}

/**
 * Publishes a shared object under a name that this program may publish. Whoever looks it up gets the rights of this
 * proxy; the name is a holder of the object, until `withdraw` or the end of the process.
 */
export function publish(name, shared) {
  return lending(() => names.publish(name, toArgument(shared).val), () => undefined);
}

/** Takes back a name that this program has published. */
export function withdraw(name) {
  attempt(() => names.withdraw(name));
}

/** The shared object that was published under a name which this program may look up. */
export function lookUp(name) {
  return lending(() => names.lookUp(name), adopt);
}

/** The names that there are for `lookUp`. */
export function publishedNames() {
  return names.names();
}

/**
 * Goes over what a shared object yields: `for (const item of iterate(list))`. Each step is a call.
 *
 * @param over a proxy, or any value that Python could go over
 */
export function* iterate(over) {
  const iterator = lending(() => iterators.create(toArgument(over)), wrap).keep();
  try {
    for (;;) {
      const item = attempt(() => iterators.next(iterator.raw));
      if (item === undefined) return;
      yield fromValue(item);
    }
  } finally {
    iterator.release();
  }
}

/**
 * Starts a process that runs an entry of this program, or of another one that the manager knows by name. The proxy to
 * it is given back at once.
 *
 * @param {string} entry
 * @param {Iterable} [args]
 * @param {{program?: string, name?: string, daemon?: boolean}} [options]
 */
export function spawn(entry, args = [], { program, name, daemon = false } = {}) {
  return lending(() => processes.spawn(program, entry, Array.from(args, toArgument), { name, daemon }), wrap);
}

/** Waits until a process has ended, and gives what its entry returned or throws what it ended with. */
export function join(process) {
  const { tag, val } = attempt(() => processes.join(process.raw));
  switch (tag) {
    case 'returned':
      return fromValue(val);
    case 'exited':
      if (val === 0) return null;
      throw new CommonholdError('process-died', `the process exited with status ${val}`);
    case 'killed':
      throw new CommonholdError('process-died', 'the process was killed');
    default:
      throw fromError(val);
  }
}

/**
 * A provider that a program starts for itself: nobody else can create its types by their names, but their objects can be
 * passed to anybody. It ends when the program does.
 */
export class Provider {
  #process;

  /** @param {SharedProxy} process that of a provider which somebody else has started */
  constructor(process) {
    this.#process = process;
  }

  /**
   * Starts one, of this program or of another one that the manager knows by name, and waits until its types are known.
   *
   * @param {Iterable} [args] what it is started with
   * @param {{program?: string}} [options]
   */
  static start(args = [], { program } = {}) {
    return new Provider(lending(() => providers.start(program, Array.from(args, toArgument)), wrap));
  }

  /** The proxy to its process: whoever has that can create its types. */
  get process() {
    return this.#process;
  }

  /** Makes an object of one of its types: see `create`. */
  create(typeid, args = [], kwargs = {}, rights = undefined) {
    const { raw } = this.#process;
    return lending(() => providers.create(raw, typeid, Array.from(args, toArgument), toKeywords(kwargs), rights && toRights(rights)), adopt);
  }

  /** The names of the types that it can create. */
  get typeids() {
    return attempt(() => providers.typeids(this.#process.raw));
  }
}
