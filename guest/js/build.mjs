// Makes a WebAssembly component of a JavaScript guest: see USAGE.
//
// componentize-js puts the source, with what it imports, into a JavaScript engine that is itself a
// component, runs its top level once, and keeps the engine's memory as it is then.

import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import url from 'node:url';
import util from 'node:util';

import { correct } from './bindings.mjs';

const USAGE = `Makes a WebAssembly component of a JavaScript guest.

Usage: node build.mjs SOURCE -o OUT.wasm [--world WORLD]

  SOURCE          an ES module; what it imports by relative paths is built in, and so is the SDK, which
                  is imported from 'commonhold-guest' and 'commonhold-guest/...'
  -o, --output    where to write the component
  -w, --world     process, provider, or program (the default), which can be both

The tools are installed at first use, into target/tools/js, with npm.`;

const HERE = path.dirname(url.fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const WIT = path.join(ROOT, 'wit');
const WORLDS = ['process', 'provider', 'program'];
const SDK = JSON.parse(fs.readFileSync(path.join(HERE, 'package.json'), 'utf8'));

// Stands beside the installed packages, to find them as Node.js does.
const TOOLS = `export { componentize } from '@bytecodealliance/componentize-js';
export { splicer } from './node_modules/@bytecodealliance/componentize-js/lib/spidermonkey-embedding-splicer.js';
export { parseSync } from 'oxc-parser';
`;

// The oldest that the tools and this file were tried with, and the one that Debian 12 has.
const OLDEST_NODE = [18, 19];

/** What the user can do something about: reported in one paragraph, without a stack. */
class Failure extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

async function main(args) {
  checkNode(process.versions.node);
  const { source, output, world } = parseArguments(args);
  const tools = await import(url.pathToFileURL(installTools()).href);
  const modules = findModules(source, tools.parseSync);
  correctBindings(tools.splicer);
  const component = await build(modules, source, world, tools.componentize);
  write(output, component);
}

function checkNode(version) {
  const [major, minor] = version.split('.').map(Number);
  const [oldest, oldestMinor] = OLDEST_NODE;
  if (major < oldest || (major === oldest && minor < oldestMinor)) {
    throw new Failure(`Node.js ${version} is too old to build JavaScript guests: ${OLDEST_NODE.join('.')} or newer is needed`);
  }
}

function parseArguments(args) {
  let parsed;
  try {
    parsed = util.parseArgs({
      args,
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        world: { type: 'string', short: 'w', default: 'program' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new Failure(`${error.message}\n\n${USAGE}`, 2);
  }
  const { values: { output, world, help }, positionals: [source, ...more] } = parsed;
  if (help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (source === undefined) throw new Failure(`which source is to be built?\n\n${USAGE}`, 2);
  if (more.length > 0) throw new Failure(`one source at a time: what is '${more[0]}'?\n\n${USAGE}`, 2);
  if (output === undefined) throw new Failure(`where is the component to be written (-o)?\n\n${USAGE}`, 2);
  if (!WORLDS.includes(world)) {
    throw new Failure(`there is no world '${world}': it is one of ${WORLDS.join(', ')}\n\n${USAGE}`, 2);
  }
  const directory = path.dirname(path.resolve(output));
  if (!fs.existsSync(directory)) throw new Failure(`cannot write ${output}: there is no directory ${show(directory)}`);
  return { source: path.resolve(source), output: path.resolve(output), world };
}

/** The module of the tools that package-lock.json pins, which are installed if they are not there. */
function installTools() {
  const lock = fs.readFileSync(path.join(HERE, 'package-lock.json'));
  const version = crypto.createHash('sha256').update(lock).update(TOOLS).digest('hex').slice(0, 12);
  const tools = path.join(ROOT, 'target/tools/js', version);
  const module = path.join(tools, 'tools.mjs');
  if (fs.existsSync(module)) return module;

  // Other builds may be doing the same: the first to be ready takes the place.
  const attempt = `${tools}.${process.pid}`;
  fs.mkdirSync(attempt, { recursive: true });
  try {
    fs.copyFileSync(path.join(HERE, 'package.json'), path.join(attempt, 'package.json'));
    fs.writeFileSync(path.join(attempt, 'package-lock.json'), withoutEngines(lock));
    console.error('Installing the tools that build JavaScript guests (190 MB, once)');
    const npm = childProcess.spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: attempt,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (npm.error?.code === 'ENOENT') {
      throw new Failure('npm is needed to install the tools that build JavaScript guests: install it (apt-get install npm)');
    }
    if (npm.status !== 0) {
      throw new Failure(`npm could not install the tools that build JavaScript guests:\n${npm.error ?? npm.stderr.trim()}`);
    }
    fs.writeFileSync(path.join(attempt, 'tools.mjs'), TOOLS);
    fs.renameSync(attempt, tools);
  } catch (error) {
    fs.rmSync(attempt, { recursive: true, force: true });
    if (!fs.existsSync(module)) throw error;
  }
  return module;
}

/**
 * oxc-parser asks for Node.js 20, so that npm leaves its binary out on 18, where it works as well. What
 * npm checks is the copy of such demands in the lock file.
 */
function withoutEngines(lock) {
  const parsed = JSON.parse(lock);
  for (const entry of Object.values(parsed.packages)) delete entry.engines;
  return JSON.stringify(parsed);
}

/** All files that a source consists of: their texts, and what they import. */
function findModules(source, parse) {
  const modules = new Map();
  const queue = [{ file: source }];
  for (const { file, importer, specifier } of queue) {
    if (modules.has(file)) continue;
    let text;
    try {
      text = fs.readFileSync(file, 'utf8');
    } catch (error) {
      const reason = error.code === 'ENOENT' ? 'there is no such file' : error.message;
      throw new Failure(importer ? `${show(importer)} imports '${specifier}': ${reason}` : `${show(file)}: ${reason}`);
    }
    const imports = [];
    for (const { value: specifier, start, end } of findImports(file, text, parse)) {
      const imported = resolve(file, specifier);
      if (imported === undefined) continue;
      imports.push({ file: imported, start, end });
      queue.push({ file: imported, importer: file, specifier });
    }
    modules.set(file, { text, imports });
  }
  return modules;
}

/** The file that an import is of; undefined for an interface. */
function resolve(file, specifier) {
  if (/^\.\.?\//.test(specifier)) return path.resolve(path.dirname(file), specifier);
  if (specifier.includes(':')) return undefined;
  if (specifier === SDK.name || specifier.startsWith(`${SDK.name}/`)) {
    const part = SDK.exports[specifier.replace(SDK.name, '.')];
    if (part !== undefined) return path.join(HERE, part);
    const parts = Object.keys(SDK.exports).map((name) => `'${SDK.name}${name.slice(1)}'`);
    throw new Failure(`${show(file)} imports '${specifier}': the SDK has ${parts.join(', ')}`);
  }
  throw new Failure(
    `${show(file)} imports '${specifier}', which is neither a relative path ('./${specifier}'), nor the SDK ` +
      `('${SDK.name}'), nor an interface ('commonhold:manager/lists@0.1.0'); packages must be bundled into the source before`,
  );
}

/** What a module imports, each with its place in the text. */
function findImports(file, text, parse) {
  const { errors: [error], module } = parse(file, text, { sourceType: 'module' });
  if (error !== undefined) {
    const before = text.slice(0, error.labels[0]?.start ?? 0).split('\n');
    throw new Failure(`${show(file)}:${before.length}:${before.at(-1).length + 1}: ${error.message}`);
  }
  const exports = module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest));
  const requests = [...module.staticImports.map(({ moduleRequest }) => moduleRequest), ...exports];
  // One statement can be several entries.
  return new Map(requests.filter((request) => request).map((request) => [request.start, request])).values();
}

/** componentize-js has no place to look at the bindings between making and using them: this is the seam. */
function correctBindings(splicer) {
  const { spliceBindings } = splicer;
  splicer.spliceBindings = (...args) => {
    const spliced = spliceBindings(...args);
    return { ...spliced, jsBindings: correct(spliced.jsBindings) };
  };
}

async function build(modules, source, world, componentize) {
  // The engine is given one directory, and its own arguments are split at spaces: so everything is
  // put below a fresh directory, around a file with a name of ours.
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'commonhold-js-'));
  const from = process.cwd();
  try {
    // The SDK has a place of its own there, so that the program's files are named as its author knows them.
    const isOfSdk = (file) => path.dirname(file) === HERE;
    const base = commonDirectory([...modules.keys()].filter((file) => !isOfSdk(file)));
    const placeOf = (file) => (isOfSdk(file) ? path.join(SDK.name, path.basename(file)) : path.relative(base, file));
    for (const [file, { text, imports }] of modules) {
      const place = path.join(stage, placeOf(file));
      fs.mkdirSync(path.dirname(place), { recursive: true });
      fs.writeFileSync(place, withPlaces(text, imports, path.dirname(placeOf(file)), placeOf));
    }
    const main = path.join(stage, 'commonhold-guest-main.js');
    fs.writeFileSync(main, `export * from ${JSON.stringify(`./${placeOf(source)}`)};\n`);
    // What is below the current directory is named in tracebacks as seen from there.
    process.chdir(stage);
    const { component } = await componentize({
      sourcePath: main,
      sourceName: path.basename(source),
      witPath: WIT,
      worldName: world,
      // A guest has no network.
      disableFeatures: ['http', 'fetch-event'],
    });
    return component;
  } catch (error) {
    throw new Failure(`${show(source, from)} could not be made into a component: ${explain(error, stage)}`);
  } finally {
    process.chdir(from);
    fs.rmSync(stage, { recursive: true, force: true });
  }
}

/** A module's text with the places of what it imports, as seen from its own. */
function withPlaces(text, imports, from, placeOf) {
  let result = '';
  let done = 0;
  for (const { file, start, end } of [...imports].sort((a, b) => a.start - b.start)) {
    const place = path.relative(from, placeOf(file));
    result += text.slice(done, start) + JSON.stringify(place.startsWith('.') ? place : `./${place}`);
    done = end;
  }
  return result + text.slice(done);
}

function commonDirectory(files) {
  const [first, ...others] = files.map((file) => path.dirname(file).split(path.sep));
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same] === other[same]) same++;
    length = same;
  }
  return first.slice(0, length).join(path.sep) || path.sep;
}

/** What went wrong, in the words of the program's author. */
function explain(error, stage) {
  const message = String(error?.message ?? error)
    .replace(/^Failed to initialize component \(.*?\):\n/, '')
    .replace(/^Exception while evaluating top-level script\n/, '')
    .replaceAll(`${stage}/`, '')
    .trim();
  const call = /unknown imported function: '([^']*)' '([^']*)'/.exec(message);
  if (call !== null) {
    return (
      `its top level calls ${call[2]} of ${call[1]}. The top level runs once, while the component is made, ` +
      'and there is no manager then: call it from an exported function'
    );
  }
  return message;
}

function write(output, component) {
  const attempt = `${output}.${process.pid}`;
  try {
    fs.writeFileSync(attempt, component);
    fs.renameSync(attempt, output);
  } catch (error) {
    fs.rmSync(attempt, { force: true });
    throw new Failure(`cannot write ${show(output)}: ${error.message}`);
  }
}

/** A path as a person would say it. */
function show(file, from = process.cwd()) {
  const relative = path.relative(from, file);
  return relative.startsWith('..') ? file : relative;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = error.status;
}
