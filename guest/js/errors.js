// Errors as they travel.

/** Every kind of error in the contract, with the name of its class. */
const CLASSES = {
  'index': 'IndexError',
  'key': 'KeyError',
  'value': 'ValueError',
  'type': 'TypeError',
  'attribute': 'AttributeError',
  'runtime': 'RuntimeError',
  'overflow': 'OverflowError',
  'memory': 'MemoryError',
  'stop-iteration': 'StopIteration',
  'zero-division': 'ZeroDivisionError',
  'os': 'OSError',
  'empty': 'queue.Empty',
  'full': 'queue.Full',
  'shut-down': 'queue.ShutDown',
  'timeout': 'TimeoutError',
  'broken-barrier': 'threading.BrokenBarrierError',
  'assertion': 'AssertionError',
  'custom': 'Exception',
  'not-exposed': 'NotExposed',
  'unserializable': 'Unserializable',
  'bad-value': 'BadValue',
  'no-such-type': 'NoSuchType',
  'no-such-name': 'NoSuchName',
  'no-such-entry': 'NoSuchEntry',
  'stale': 'Stale',
  'revoked': 'Revoked',
  'deadlock': 'Deadlock',
  'quota-exceeded': 'QuotaExceeded',
  'process-died': 'ProcessDied',
  'provider-died': 'ProviderDied',
  'cancelled': 'Cancelled',
  'internal': 'Internal',
  'other': 'Exception',
};

// Those that the methods of shared objects fail with; the others are the framework's own.
const OF_METHODS = new Set(['other']);
for (const kind of Object.keys(CLASSES)) {
  OF_METHODS.add(kind);
  if (kind === 'custom') break;
}

/** Every kind of error in the contract, in its order. */
export const ERROR_KINDS = Object.freeze(Object.keys(CLASSES));

/**
 * An error that came from the manager or another guest, or is to go there.
 *
 * `error.kind` tells what happened (`'index'`, `'key'`, ...), `error.name` is the name of the class where
 * it comes from (`'IndexError'`), `error.args` a Tuple of the exception's arguments where they are
 * not just the message, and `error.traceback` where it happened on the other side.
 *
 * A class that extends it is a kind of error of the program's own, `super('custom', why)`, and travels by
 * its name.
 */
export class CommonholdError extends Error {
  /**
   * @param {string} kind one of `ERROR_KINDS`
   * @param {string} message
   * @param {{typeName?: string, args?: Tuple, traceback?: string}} [more]
   */
  constructor(kind, message, { typeName, args, traceback } = {}) {
    if (!Object.hasOwn(CLASSES, kind)) throw new TypeError(`there is no kind of error '${kind}'`);
    super(message);
    this.kind = kind;
    this.args = args;
    this.traceback = traceback;
    // Not enumerable, like the name of every other error.
    const name = typeName ?? (kind === 'custom' && new.target !== CommonholdError ? new.target.name : CLASSES[kind]);
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
  }

  /** Whether something went wrong on the way to the shared object or back, rather than in one of its methods. */
  get isFramework() {
    return !OF_METHODS.has(this.kind);
  }
}
