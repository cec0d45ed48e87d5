// A guest on the SDK: reads proxies a great many times and never says that it is done with one.

import * as lists from 'commonhold:manager/lists@0.1.0';
import * as manager from 'commonhold:manager/manager@0.1.0';

import { adopt, attempt, fromValue, program } from 'commonhold-guest';

export const { run, customTypes } = program({
  /** Reads the first item of a list so many times; how many different proxies that gave. */
  read(list, times) {
    let last;
    let different = 0;
    for (let round = 0; round < times; round++) {
      const item = fromValue(attempt(() => lists.getItem(list.raw, 0n)));
      if (item !== last) different++;
      last = item;
    }
    return different;
  },

  /** The same with proxies inside of a nested value: a tuple of two. */
  readNested(list, times) {
    let different = 0;
    let last;
    for (let round = 0; round < times; round++) {
      const [first, second] = fromValue(attempt(() => lists.getItem(list.raw, 0n)));
      if (first !== second || first !== last) different++;
      last = first;
    }
    return different;
  },

  /**
   * Makes so many lists and forgets each at once, with garbage that makes the collector run and timers that let it
   * tell what it found. How many objects were alive at most.
   */
  async forget(times) {
    let most = 0;
    for (let round = 0; round < times; round++) {
      const garbage = new Uint8Array(200_000);
      adopt(attempt(() => lists.create())).call('append', [garbage.length]);
      if (round % 100 === 0) {
        await new Promise((done) => setTimeout(done, 0));
        most = Math.max(most, Number(manager.numberOfObjects()));
      }
    }
    return most;
  },
});
