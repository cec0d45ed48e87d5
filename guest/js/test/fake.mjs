// Stands in for the generated bindings: counts handles, and fails where a real handle would end the guest.

const DISPOSE = Symbol.dispose ?? Symbol.for('dispose');

/** A manager without shared types: referents are numbers. */
export class FakeManager {
  live = 0;
  most = 0;

  handle(id, rights = 0n) {
    const manager = this;
    manager.live++;
    manager.most = Math.max(manager.most, manager.live);
    let isOpen = true;
    const use = (result) => {
      if (!isOpen) throw new Error('unknown handle index 0');
      return result;
    };
    return {
      id: () => use(id),
      rightsKey: () => use(rights),
      typeid: () => use('list'),
      repr: () => use(`<ListProxy object, typeid 'list' at 0x${id.toString(16)}>`),
      toText: () => use('[]'),
      duplicate: () => use(manager.handle(id, rights)),
      call: (method, args, kwargs) => use({ tag: 'text', val: JSON.stringify([method, args.length, kwargs.length]) }),
      [DISPOSE]() {
        use();
        isOpen = false;
        manager.live--;
      },
    };
  }
}

/** What the bindings throw for an error of the contract. */
export function thrown(payload) {
  return Object.assign(new Error('see payload'), { payload });
}
