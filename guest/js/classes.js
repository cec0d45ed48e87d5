// What a class is as a shared type: which of its methods others may call, and with what arguments.

import { CommonholdError } from './errors.js';

/** A class whose instances are shared objects. */
export class SharedClass {
  /** @param {Function} cls */
  constructor(cls) {
    if (typeof cls !== 'function' || cls.prototype === undefined) {
      throw new TypeError(`a shared type is a class, not ${show(cls)}`);
    }
    this.cls = cls;
    // What a class inherits is another type's.
    this.typeid = Object.hasOwn(cls, 'typeid') ? cls.typeid : cls.name;
    if (typeof this.typeid !== 'string' || this.typeid === '') {
      throw new TypeError('a shared type has a name: that of its class, or its static typeid');
    }
    this.doc = Object.hasOwn(cls, 'doc') ? String(cls.doc) : '';
    this.creatable = !Object.hasOwn(cls, 'creatable') || Boolean(cls.creatable);
    this.steps = isIterator(cls.prototype);
    this.methods = this.#findMethods();
    this.#declare();
  }

  /** As the contract describes a type. */
  describe() {
    const methods = Array.from(this.methods, ([name, { doc, readsOnly }]) => ({ name, doc, readsOnly }));
    return { typeid: this.typeid, doc: this.doc, methods, creatable: this.creatable };
  }

  /** The arguments of the constructor. */
  bind(args, kwargs) {
    return bind(this.typeid, this.parameters, this.cls.length, args, kwargs);
  }

  /** Calls a method of an instance. */
  call(instance, name, args, kwargs) {
    const method = this.methods.get(name);
    if (method === undefined) throw new CommonholdError('not-exposed', `'${this.typeid}' object has no method '${name}'`);
    return method.call(instance, bind(name, method.parameters, method.length, args, kwargs));
  }

  #findMethods() {
    const functions = functionsOf(this.cls.prototype);
    const exposed = inherited(this.cls, 'exposed');
    const names = exposed ?? [...functions.keys()].filter(isPublic);
    const methods = new Map();
    for (const name of names) {
      const method = functions.get(name);
      if (method === undefined) throw new TypeError(`${this.typeid} has no method '${name}', which it exposes`);
      // What an iterator gives is wrapped: others want the item, or to know that there is none.
      if (!(this.steps && name === 'next')) methods.set(name, new Method((it, args) => it[name](...args), method.length));
    }
    const isIterable = isIn(this.cls.prototype, Symbol.iterator) || isIn(this.cls.prototype, Symbol.asyncIterator);
    if (this.steps && !methods.has('__next__')) methods.set('__next__', new Method(step, 0));
    else if (isIterable && !methods.has('__iter__')) methods.set('__iter__', new Method(begin, 0, true));
    return methods;
  }

  /** What the class says of its methods. A method that there is not would be a slip that nobody notices. */
  #declare() {
    for (const name of gathered(this.cls, 'reads').flat()) this.#method(name, 'reads').readsOnly = true;
    for (const [name, doc] of gathered(this.cls, 'docs').flatMap(Object.entries)) this.#method(name, 'docs').doc = String(doc);
    for (const [name, parameters] of gathered(this.cls, 'parameters').flatMap(Object.entries)) {
      if (!Array.isArray(parameters) || !parameters.every((one) => typeof one === 'string')) {
        throw new TypeError(`the parameters of ${this.typeid}.${name} are not an array of names`);
      }
      if (name === 'constructor') this.parameters = parameters;
      else this.#method(name, 'parameters').parameters = parameters;
    }
  }

  #method(name, where) {
    const method = this.methods.get(name);
    if (method === undefined) throw new TypeError(`${this.typeid} exposes no method '${name}', which its static ${where} name`);
    return method;
  }
}

class Method {
  doc = '';
  parameters = undefined;

  constructor(call, length, readsOnly = false) {
    this.call = call;
    this.length = length;
    this.readsOnly = readsOnly;
  }
}

/** The objects that an object inherits from, itself included, but for what every object inherits. */
function* chain(object) {
  for (; object !== null && object !== Object.prototype && object !== Function.prototype; object = Object.getPrototypeOf(object)) {
    yield object;
  }
}

/** The functions of a prototype by name, the inherited ones included. A getter is no method. */
function functionsOf(prototype) {
  const functions = new Map();
  for (const owner of chain(prototype)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (functions.has(name) || name === 'constructor') continue;
      functions.set(name, Object.getOwnPropertyDescriptor(owner, name).value);
    }
  }
  for (const [name, value] of functions) if (typeof value !== 'function') functions.delete(name);
  return functions;
}

// What JavaScript calls by itself, and what a class keeps to itself by custom. Names such as `__len__` are Python's.
const LANGUAGES_OWN = new Set(['toString', 'toLocaleString', 'toJSON', 'valueOf']);

function isPublic(name) {
  return !LANGUAGES_OWN.has(name) && (!name.startsWith('_') || /^__\w+__$/.test(name));
}

function isIn(object, name) {
  return typeof object[name] === 'function';
}

/** Whether something is an iterator that can be gone over, as generators are. */
export function isIterator(object) {
  return isIn(object, 'next') && (isIn(object, Symbol.iterator) || isIn(object, Symbol.asyncIterator));
}

/** The iterator that an iterable begins. */
function begin(iterable) {
  return isIn(iterable, Symbol.iterator) ? iterable[Symbol.iterator]() : iterable[Symbol.asyncIterator]();
}

/** The next item of an iterator; at its end the contract's error. */
export async function step(iterator) {
  const { value, done } = await iterator.next();
  if (done) throw new CommonholdError('stop-iteration', '');
  return value;
}

/** What a class or one that it extends says. */
function inherited(cls, name) {
  for (const owner of chain(cls)) if (Object.hasOwn(owner, name)) return owner[name];
  return undefined;
}

/** What a class and those that it extends say, the most general first. */
function gathered(cls, name) {
  return [...chain(cls)].reverse().filter((owner) => Object.hasOwn(owner, name)).map((owner) => owner[name]);
}

/**
 * The arguments that a function is called with. If its class tells the names of its parameters, keyword arguments go to
 * their places, and what is amiss is told as Python does; else they are one object behind the others.
 */
function bind(name, parameters, length, args, kwargs) {
  if (parameters === undefined) return kwargs.length === 0 ? args : [...args, Object.fromEntries(kwargs)];
  const takesRest = parameters.at(-1)?.startsWith('...') ?? false;
  const names = takesRest ? parameters.slice(0, -1) : parameters;
  if (args.length > names.length && !takesRest) {
    const [s, were] = [names.length === 1 ? '' : 's', args.length === 1 ? 'was' : 'were'];
    throw amiss(`${name}() takes ${names.length} argument${s} but ${args.length} ${were} given`);
  }
  const bound = [...args];
  for (const [keyword, value] of kwargs) {
    const place = names.indexOf(keyword);
    if (place < 0) throw amiss(`${name}() got an unexpected keyword argument '${keyword}'`);
    if (place in bound) throw amiss(`${name}() got multiple values for argument '${keyword}'`);
    bound[place] = value;
  }
  // Those before the first that has a default are wanted.
  for (const [place, missing] of names.slice(0, length).entries()) {
    if (!(place in bound)) throw amiss(`${name}() missing 1 required positional argument: '${missing}'`);
  }
  return bound;
}

function amiss(message) {
  return new CommonholdError('type', message);
}

function show(thing) {
  return thing === null ? 'null' : typeof thing;
}
