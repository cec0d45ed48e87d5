// The shared types that a program provides: instances of its classes, to which others hold proxies.
//
// Nothing here imports the generated bindings: what is asked of the manager is handed in.

import { SharedClass, isIterator, step } from './classes.js';
import { CommonholdError } from './errors.js';
import { SharedProxy, endCall, fromValue, setOwnObjects, toValue } from './proxies.js';
import { Failure, attempt } from './thrown.js';

const DISPOSE = Symbol.dispose ?? Symbol.for('dispose');

/** What goes over one object for whoever draws. */
class Iteration {
  constructor(typeid, iterator) {
    this.typeid = typeid;
    this.iterator = iterator;
  }

  __next__() {
    return step(this.iterator);
  }

  async [DISPOSE]() {
    // A generator that is not at its end comes to its `finally`.
    await this.iterator.return?.();
  }
}

/** The types of a program, and the states of their objects. */
export class SharedTypes {
  #host;
  /** By name. */
  #types = new Map();
  /** By prototype: that of an instance tells its type, even if its class extends the type's. */
  #prototypes = new Map();
  /** The instances by the numbers of their referents. */
  #instances = new Map();
  /** The numbers of the referents by instance. */
  #keys = new WeakMap();

  /** @param host the functions of the interface `provider-host` */
  constructor(host) {
    this.#host = host;
    setOwnObjects(this);
  }

  /** @param {Iterable<Function>} classes */
  add(classes) {
    for (const cls of classes) {
      const type = new SharedClass(cls);
      const iteration = new SharedClass(class extends Iteration {
        static typeid = `${type.typeid}_iterator`;
        static creatable = false;
        static exposed = ['__next__'];
      });
      for (const one of [type, iteration]) {
        if (this.#types.has(one.typeid)) throw new TypeError(`there are two shared types '${one.typeid}'`);
        this.#types.set(one.typeid, one);
      }
      this.#prototypes.set(cls.prototype, type);
    }
  }

  /** The type of an instance; undefined for anything else. */
  #typeOf(value) {
    if (value instanceof Iteration) return this.#types.get(value.typeid);
    for (let object = value; object !== null; object = Object.getPrototypeOf(object)) {
      const type = this.#prototypes.get(object);
      // A class's prototype is no instance of it.
      if (type !== undefined) return object === value ? undefined : type;
    }
    return undefined;
  }

  /** Whether something is an instance of one of the types. */
  includes(value) {
    return typeof value === 'object' && value !== null && this.#typeOf(value) !== undefined;
  }

  /** A handle to the referent whose state an instance is: a new one where there is none, or none any more. */
  open(instance) {
    const key = this.#keys.get(instance);
    const raw = key === undefined ? undefined : this.#host.existing(key);
    if (raw !== undefined && raw !== null) return raw;
    const made = attempt(() => this.#host.adopt(this.#typeOf(instance).typeid));
    this.#keep(made.id(), instance);
    return made;
  }

  /**
   * The instance that a handle with all rights is for; undefined for all other handles. What was narrowed stays a
   * proxy, or passing it on would give more rights than were received.
   */
  find(raw) {
    const key = this.#host.keyOf(raw);
    if (key === undefined || key === null || raw.rightsKey() !== 0n) return undefined;
    return this.#instances.get(key);
  }

  /** The instance that a proxy is for, whatever its rights; undefined if it is somebody else's. */
  stateOf(value) {
    if (!(value instanceof SharedProxy)) return this.includes(value) ? value : undefined;
    const key = this.#host.keyOf(value.raw);
    return key === undefined || key === null ? undefined : this.#instances.get(key);
  }

  #keep(key, instance) {
    this.#instances.set(key, instance);
    this.#keys.set(instance, key);
  }

  /** What the program exports, with classes or a function that gives them for the arguments that it was started with. */
  exports(classes) {
    if (typeof classes !== 'function') this.add(classes);
    return {
      describe: (args = []) =>
        answer(async () => {
          if (typeof classes === 'function') this.add(await classes(...args.map(fromValue)));
          return Array.from(this.#types.values(), (type) => type.describe());
        }),
      construct: (key, typeid, args, kwargs) => answer(() => this.#construct(key, typeid, args, kwargs)),
      call: (key, method, args, kwargs) => answer(() => this.#call(key, method, args, kwargs)),
      getValue: (key) => answer(() => this.#getValue(this.#find(key))),
      toText: (key) => answer(() => this.#toText(this.#find(key), key)),
      release: (key) => this.#release(key),
    };
  }

  #find(key) {
    const instance = this.#instances.get(key);
    if (instance === undefined) throw new CommonholdError('internal', `the provider has no object 0x${key.toString(16)}`);
    return instance;
  }

  #construct(key, typeid, args, kwargs) {
    const type = this.#types.get(typeid);
    if (!type?.creatable) throw new CommonholdError('type', `cannot create '${typeid}' instances`);
    const bound = type.bind(...received(args, kwargs));
    const instance = new type.cls(...bound);
    // A constructor may return another object than the one that it was to make: that which there is already.
    if (this.#typeOf(instance) !== type) {
      throw new CommonholdError('type', `the constructor of '${typeid}' returned something else`);
    }
    const known = this.#keys.get(instance);
    const existing = known === undefined ? undefined : this.#host.existing(known);
    if (existing !== undefined && existing !== null) return existing;
    this.#keep(key, instance);
    return undefined;
  }

  async #call(key, method, args, kwargs) {
    const instance = this.#find(key);
    const type = this.#typeOf(instance);
    const result = await type.call(instance, method, ...received(args, kwargs));
    return toValue(this.#isLoose(result, method) ? new Iteration(`${type.typeid.replace(/_iterator$/, '')}_iterator`, result) : result);
  }

  /** Whether what a method returned is an iterator, which cannot travel itself: one over an object, or a generator's. */
  #isLoose(result, method) {
    if (typeof result !== 'object' || result === null || result instanceof SharedProxy || this.includes(result)) return false;
    return isIterator(result) || (method === '__iter__' && typeof result.next === 'function');
  }

  async #getValue(instance) {
    if (typeof instance.toJSON === 'function') return toValue(await instance.toJSON());
    if (instance.valueOf !== Object.prototype.valueOf) return toValue(await instance.valueOf());
    throw new CommonholdError('unserializable', `cannot pickle '${this.#typeOf(instance).typeid}' object`);
  }

  async #toText(instance, key) {
    if (instance.toString !== Object.prototype.toString) return String(await instance.toString());
    return `<${this.#typeOf(instance).typeid} object at 0x${key.toString(16)}>`;
  }

  async #release(key) {
    const instance = this.#instances.get(key);
    this.#instances.delete(key);
    // It may be the state of another referent meanwhile: one that was returned again after this one had gone.
    if (instance === undefined || this.#keys.get(instance) !== key) return;
    this.#keys.delete(instance);
    try {
      await instance[DISPOSE]?.();
    } catch (error) {
      // Nobody waits for this.
      console.error(`${this.#typeOf(instance).typeid}[Symbol.dispose]: ${error}`);
    } finally {
      endCall();
    }
  }
}

/** The arguments of a call. */
function received(args, kwargs) {
  return [args.map(fromValue), kwargs.map(([name, value]) => [name, fromValue(value)])];
}

/** What an export gives, or throws. */
async function answer(work) {
  try {
    return await work();
  } catch (thrown) {
    throw new Failure(thrown);
  } finally {
    endCall();
  }
}
