// Stands in for the generated bindings: counts handles, and fails where a real handle would end the guest.

const DISPOSE = Symbol.dispose ?? Symbol.for('dispose');

/** A manager without shared types: referents are numbers. */
export class FakeManager {
  live = 0;
  most = 0;
  /** The rights that were asked for by narrowing. */
  narrowed = [];

  handle(id, rights = 0n) {
    const slot = new Slot(this);
    const raw = {
      id: () => slot.use(id),
      rightsKey: () => slot.use(rights),
      typeid: () => slot.use('list'),
      repr: () => slot.use(`<ListProxy object, typeid 'list' at 0x${id.toString(16)}>`),
      toText: () => slot.use('[]'),
      narrow: (asked) => {
        this.narrowed.push(asked);
        return slot.use(this.handle(id, BigInt(this.narrowed.length)));
      },
      duplicate: () => slot.use(this.handle(id, rights)),
      call: (method, args, kwargs) => slot.use({ tag: 'text', val: `${method}, ${args.length}, ${kwargs.length}` }),
      [DISPOSE]: () => slot.close(),
    };
    return raw;
  }
}

/**
 * A manager with one provider, as its provider sees it: the functions of `provider-host`, and objects that are there
 * as long as a handle is open.
 */
export class FakeHost extends FakeManager {
  objects = new Map();
  #lastId = 2n ** 40n;

  /** A handle to an object of the provider that is new or has no other handle now. */
  object(typeid, id = ++this.#lastId) {
    this.objects.set(id, { typeid, handles: 0 });
    return this.#open(id);
  }

  #open(id, rights) {
    const object = this.objects.get(id);
    object.handles++;
    const raw = this.handle(id, rights);
    const close = raw[DISPOSE];
    raw[DISPOSE] = () => {
      close();
      object.handles--;
    };
    raw.duplicate = () => this.#open(id, rights);
    raw.narrow = () => this.#open(id, 7n);
    raw.typeid = () => object.typeid;
    return raw;
  }

  adopt = (typeid) => this.object(typeid);
  keyOf = (raw) => (this.objects.has(raw.id()) ? raw.id() : undefined);
  existing = (key) => (this.objects.get(key)?.handles > 0 ? this.#open(key) : undefined);
}

/** A place in the table of handles. */
class Slot {
  #manager;
  #isOpen = true;

  constructor(manager) {
    this.#manager = manager;
    manager.live++;
    manager.most = Math.max(manager.most, manager.live);
  }

  use(result) {
    if (!this.#isOpen) throw new Error('unknown handle index 0');
    return result;
  }

  close() {
    this.use();
    this.#isOpen = false;
    this.#manager.live--;
  }
}

/** What the bindings throw for an error of the contract. */
export function thrown(payload) {
  return Object.assign(new Error('see payload'), { payload });
}
