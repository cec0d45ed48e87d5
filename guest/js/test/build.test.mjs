// What build.mjs says before it needs its tools; that it builds is proved by the guests in tests/.

import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { test } from 'node:test';
import url from 'node:url';

const BUILD = url.fileURLToPath(new URL('../build.mjs', import.meta.url));

function build(...args) {
  const { status, stdout, stderr } = childProcess.spawnSync(process.execPath, [BUILD, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('help goes to the standard output', () => {
  const { status, stdout, stderr } = build('--help');
  assert.equal(status, 0);
  assert.match(stdout, /^Makes a WebAssembly component.*\n\nUsage: node build\.mjs SOURCE/);
  assert.equal(stderr, '');
});

const WRONG = [
  [[], /^error: which source is to be built\?/],
  [['a.js'], /^error: where is the component to be written \(-o\)\?/],
  [['a.js', 'b.js', '-o', 'c.wasm'], /^error: one source at a time: what is 'b\.js'\?/],
  [['a.js', '-o', 'c.wasm', '--world', 'planet'], /^error: there is no world 'planet': it is one of process, provider, program/],
  [['a.js', '-o', 'c.wasm', '--fast'], /^error: Unknown option '--fast'/],
];

for (const [args, message] of WRONG) {
  test(`wrong usage: ${args.join(' ') || 'nothing'}`, () => {
    const { status, stdout, stderr } = build(...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
    assert.match(stderr, /\nUsage: node build\.mjs SOURCE/);
    assert.equal(stdout, '');
  });
}

test('a directory that is not there is found before anything is built', () => {
  const { status, stderr } = build('a.js', '-o', '/no/such/directory/c.wasm');
  assert.equal(status, 1);
  assert.equal(stderr, 'error: cannot write /no/such/directory/c.wasm: there is no directory /no/such/directory\n');
});
