// The kinds of value that other guests know and JavaScript has no class of its own for.
//
// All of them are immutable: what was read is a copy, and a changed copy must be written back whole.

/** Python's tuple: a frozen array. `map`, `slice` and the like return plain arrays. */
export class Tuple extends Array {
  static get [Symbol.species]() {
    return Array;
  }

  /** @param {Iterable} items */
  constructor(items = []) {
    super();
    for (const item of items) this.push(item);
    Object.freeze(this);
  }

  static from(items, map = (item) => item) {
    return new Tuple(Array.from(items, map));
  }

  static of(...items) {
    return new Tuple(items);
  }
}

/** Python's frozenset: a set that cannot be changed, and so may be a dict's key or in another set. */
export class FrozenSet extends Set {
  /** @param {Iterable} items */
  constructor(items = []) {
    super();
    for (const item of items) super.add(item);
  }

  add() {
    throw new TypeError('a FrozenSet cannot be changed');
  }

  delete() {
    throw new TypeError('a FrozenSet cannot be changed');
  }

  clear() {
    throw new TypeError('a FrozenSet cannot be changed');
  }
}

/** Python's slice: `new Slice(2, 5)` is `[2:5]`. Each part is an integer or null. */
export class Slice {
  constructor(start = null, stop = null, step = null) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    Object.freeze(this);
  }
}

/**
 * A number that travels as a float even if it is whole: `new Float(1)` is Python's `1.0`. Floats that
 * are received are plain numbers.
 */
export class Float {
  constructor(value) {
    this.value = Number(value);
    Object.freeze(this);
  }

  valueOf() {
    return this.value;
  }
}

/** An instance of another guest's own class. It can be kept and passed on, not looked into. */
export class ForeignObject {
  /**
   * @param {string} typeName the name of its class
   * @param {string} text how that guest prints it
   * @param state what that guest makes it from again
   */
  constructor(typeName, text, state) {
    this.typeName = typeName;
    this.text = text;
    this.state = state;
    Object.freeze(this);
  }

  toString() {
    return this.text;
  }
}
