// Programs made of plain functions.

import { CommonholdError } from './errors.js';
import { endCall, fromValue, toValue } from './proxies.js';
import { Failure } from './thrown.js';

/**
 * What a guest exports, made of its entries: functions, async ones too, of the arguments that a process was
 * started with. What one returns is the outcome, what it throws is the error.
 *
 * ```js
 * export const { run, customTypes } = program({
 *   main(list) {
 *     return list.call('__len__');
 *   },
 * });
 * ```
 */
export function program(entries) {
  async function run(name, args) {
    try {
      if (!Object.hasOwn(entries, name)) {
        const names = Object.keys(entries).join(', ') || 'none';
        throw new CommonholdError('no-such-entry', `no entry '${name}'; there are: ${names}`);
      }
      return toValue(await entries[name](...args.map(fromValue)));
    } catch (thrown) {
      throw new Failure(thrown);
    } finally {
      endCall();
    }
  }
  return { run, customTypes: NO_TYPES };
}

/** Every program of the world `program` exports this interface; one that describes no types is never asked for more. */
const NO_TYPES = {
  describe: () => [],
  construct: refuse,
  call: refuse,
  getValue: refuse,
  toText: refuse,
  release() {},
};

function refuse() {
  throw new Failure(new CommonholdError('no-such-type', 'this program provides no types'));
}
