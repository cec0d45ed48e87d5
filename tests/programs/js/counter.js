// A provider in JavaScript of the same types that the guest `counter` provides in Rust, for the same clients, with a
// method for each thing that a provider's method can do.

import * as lists from 'commonhold:manager/lists@0.1.0';
import * as locks from 'commonhold:manager/locks@0.1.0';
import * as processes from 'commonhold:manager/processes@0.1.0';

import { CommonholdError, SharedProxy, attempt } from 'commonhold-guest';
import { Provider, iterate } from 'commonhold-guest/manager';
import { provider, proxyOf, stateOf } from 'commonhold-guest/provider';

class CounterError extends Error {}

class StartError extends Error {}

// Where counters start: what the provider was started with can say so.
let first = 0;

/** A number, and what else the counter was told to hold. */
class Clicker {
  static doc = 'Counts.';
  static reads = ['count', 'spawn_child', 'held', 'fail', 'crash', 'exit', 'wait_for', 'reader', 'numbers', 'later'];
  static parameters = { constructor: ['start'], add: ['by'] };
  #count;
  #held = [];

  constructor(start = first) {
    checkInteger('Clicker', 'start', start);
    if (start < 0) throw new RangeError('a counter starts at 0 or above');
    this.#count = start;
  }

  /** Adds to the count and returns it. */
  add(by) {
    checkInteger('add', 'by', by);
    return (this.#count += by);
  }

  count() {
    return this.#count;
  }

  /** A new counter that starts where this one is. */
  spawn_child() {
    return new Clicker(this.#count);
  }

  /** Takes all that another counter has counted. */
  absorb(other) {
    const counter = stateOf(other);
    if (!(counter instanceof Clicker)) throw new TypeError("absorb() argument 'other': expected a Clicker");
    if (counter === this) throw new CommonholdError('runtime', 'this Clicker is in use by the method that runs');
    this.#count += counter.#count;
    counter.#count = 0;
  }

  /** Holds a value until it is told to hold nothing. */
  hold(value) {
    for (const proxy of proxiesIn(value)) proxy.keep();
    this.#held.push(value);
  }

  held() {
    return this.#held;
  }

  let_go() {
    for (const proxy of proxiesIn(this.#held.splice(0))) proxy.release();
  }

  fail() {
    throw new CounterError('a counter cannot do this');
  }

  /** Ends the provider by a trap: a handle that it gave back is of no use. */
  crash() {
    const list = attempt(() => lists.create());
    list[Symbol.dispose]();
    lists.length(list);
  }

  exit(status) {
    processes.exit(status);
  }

  /** Waits for a lock, and holds up all other calls meanwhile. */
  wait_for(lock) {
    attempt(() => locks.acquire(lock.raw));
    attempt(() => locks.release(lock.raw));
  }

  /** Counts on after a timer. */
  async later(by) {
    await new Promise((done) => setTimeout(done, 1));
    return this.#count + by;
  }

  /** The numbers up to the count. */
  *numbers() {
    for (let number = 0; number < this.#count; number++) yield number;
  }

  /** A proxy to itself that can only be read. */
  reader() {
    return proxyOf(this).narrow({ methods: ['count'] });
  }

  /** All arguments as they came. */
  given(...args) {
    return args;
  }

  toString() {
    return `Clicker(${this.#count})`;
  }

  toJSON() {
    return { count: this.#count, held: this.#held };
  }

  [Symbol.dispose]() {
    this.let_go();
  }
}

function proxiesIn(value) {
  return [value].flat(Infinity).filter((part) => part instanceof SharedProxy);
}

function checkInteger(name, parameter, value) {
  if (!Number.isInteger(value)) {
    throw new TypeError(`${name}() argument '${parameter}': expected int, found ${typeof value === 'string' ? 'str' : typeof value}`);
  }
}

/** Counts down to 0, for whoever asks for the next number. */
class Countdown {
  #left;
  #after;

  /** A countdown from a number, or one without end; and from where it goes on when it is asked again after its end. */
  constructor(from = null, after = null) {
    this.#left = from;
    this.#after = after;
  }

  [Symbol.iterator]() {
    return this;
  }

  next() {
    if (this.#left === null) return { value: 7, done: false };
    if (this.#left > 0) return { value: --this.#left, done: false };
    this.#left = this.#after;
    return { value: undefined, done: true };
  }

  wait_for(lock) {
    Clicker.prototype.wait_for.call(this, lock);
  }
}

/** Can be gone over: what it was given, or a countdown from it. */
class Range {
  #given;

  constructor(given) {
    this.#given = given instanceof SharedProxy ? given.keep() : given;
  }

  __iter__() {
    return typeof this.#given === 'number' ? new Countdown(this.#given) : this.#given;
  }

  [Symbol.dispose]() {
    if (this.#given instanceof SharedProxy) this.#given.release();
  }
}

/** There is one, however often it is created. */
class Only {
  static #only;
  times = 0;

  constructor() {
    const it = Only.#only ?? (Only.#only = this);
    it.times++;
    return it;
  }

  count() {
    return this.times;
  }
}

function begin(what = null, value = null) {
  if (what === 'fail') throw Object.assign(new StartError('this provider does not start'), { args: ['no start'] });
  if (what === 'start at') first = value;
  return [Clicker, Countdown, Range, Only];
}

export const { run, customTypes } = provider(begin, {
  /** Adds to a counter: a program can have both, types and entries. */
  adds: (counter, by) => counter.call('add', [by]),

  /** Starts a provider for itself, and tells what a counter of that has counted. */
  starts(...args) {
    const own = Provider.start(args);
    if (own.typeids.join() !== 'Clicker,Countdown,Only,Range') throw new Error(`${own.typeids}`);
    return own.create('Clicker').remote.count();
  },

  /** Draws all that a shared object yields. */
  draws: (shared) => [...iterate(shared)],
});
