// Workers that share a list: `commonhold build main.js && commonhold run main.wasm`.

import { program } from 'commonhold-guest';
import { create, join, spawn } from 'commonhold-guest/manager';

export const { run, customTypes } = program({
  main() {
    const results = create('list');
    const workers = [0, 5].map((start) => spawn('square', [results, start, 5]));
    workers.forEach(join);
    results.call('sort');
    console.log(`${results}`);
  },

  square(results, start, count) {
    for (let number = start; number < start + count; number++) results.remote.append(number * number);
  },
});
