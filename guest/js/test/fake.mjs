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
