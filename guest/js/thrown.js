// Between what JavaScript throws and the errors of the contract.

import { CommonholdError, ERROR_KINDS } from './errors.js';
import { fromOptional, toValue } from './proxies.js';
import { Tuple } from './values.js';

/** Runs an operation of the generated bindings and throws its error, if it has one, as a `CommonholdError`. */
export function attempt(operation) {
  try {
    return operation();
  } catch (thrown) {
    throw isContractError(thrown) ? fromError(thrown.payload) : thrown;
  }
}

/** An error of the contract, as JavaScript knows it. */
export function fromError({ kind, typeName, message, args, traceback }) {
  return new CommonholdError(kind, message, { typeName, args: readArgs(args), traceback });
}

// Arguments that cannot be read are not worth losing the error over.
function readArgs(args) {
  try {
    return fromOptional(args);
  } catch {
    return undefined;
  }
}

/** What an export throws: the generated bindings take the payload for the error of the contract. */
export class Failure extends Error {
  constructor(thrown) {
    const payload = toError(thrown);
    super(payload.message);
    this.payload = payload;
  }
}

/**
 * Anything that was thrown, as an error of the contract. It never fails itself: what cannot be had of something
 * strange is left out.
 *
 * An error of a class of the program's own is a `custom` one with the name of that class. Its arguments are
 * an array in its property `args`, if it has one; its stack and those of its causes are the traceback.
 */
export function toError(thrown) {
  if (isContractError(thrown)) return thrown.payload;
  if (!isError(thrown)) return ofNoError(thrown);
  const name = nameOf(thrown);
  return {
    kind: thrown instanceof CommonholdError ? thrown.kind : KINDS[name] ?? 'custom',
    typeName: name,
    message: messageOf(thrown),
    args: toArgs(read(thrown, 'args')),
    traceback: trace(thrown, new Set()),
  };
}

// JavaScript can throw anything: a number, a plain object. It is the error's argument, unless it is but a message.
function ofNoError(thrown) {
  const isObject = typeof thrown === 'object' && thrown !== null;
  return {
    kind: 'other',
    typeName: (isObject && textOf(read(read(thrown, 'constructor'), 'name'))) || (thrown === null ? 'null' : typeof thrown),
    message: isObject ? describe(thrown) : textOf(thrown),
    args: typeof thrown === 'string' || thrown === undefined ? undefined : toArgs([thrown]),
    traceback: undefined,
  };
}

function describe(object) {
  const text = textOf(object);
  if (!text.startsWith('[object ')) return text;
  try {
    return JSON.stringify(object) ?? text;
  } catch {
    return text;
  }
}

function isContractError(thrown) {
  const payload = read(thrown, 'payload');
  const texts = [read(payload, 'typeName'), read(payload, 'message')];
  return ERROR_KINDS.includes(read(payload, 'kind')) && texts.every((text) => typeof text === 'string');
}

// The generated bindings live in a realm of their own, so their errors are instances of another `Error`.
function isError(thrown) {
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]';
  } catch {
    return false;
  }
}

// The classes of the language itself. `InternalError` is the engine's, when its stack is used up.
const KINDS = Object.assign(Object.create(null), {
  TypeError: 'type',
  RangeError: 'value',
  InternalError: 'runtime',
  Error: 'other',
  EvalError: 'other',
  ReferenceError: 'other',
  SyntaxError: 'other',
  URIError: 'other',
  AggregateError: 'other',
});

/** The name that the error has, or else that of its class, which need not have been given to it. */
function nameOf(error) {
  const name = textOf(read(error, 'name') ?? '');
  if (error instanceof CommonholdError || (name !== '' && !(name in KINDS))) return name;
  const className = textOf(read(read(error, 'constructor'), 'name') ?? '');
  return className === '' || className in KINDS ? name || 'Error' : className;
}

function messageOf(error) {
  return textOf(read(error, 'message') ?? '');
}

/** A property of anything, whatever its getter does. */
function read(object, property) {
  try {
    return object?.[property];
  } catch {
    return undefined;
  }
}

/** Anything as text, whatever its own conversion does. */
function textOf(thing) {
  try {
    return String(thing);
  } catch {
    return `[object ${typeof thing}]`;
  }
}

function toArgs(args) {
  if (!Array.isArray(args)) return undefined;
  try {
    return toValue(Tuple.from(args));
  } catch {
    // What cannot travel stays: the message tells of it.
    return undefined;
  }
}

// The SDK as `build.mjs` stages it, and what componentize-js makes around a program.
const HIDDEN = /\bcommonhold-guest\/\w+\.js\b|\/sources\/initializer\.js\b/;

// So many errors that caused each other are shown.
const MOST_CAUSES = 20;

/** Where an error was thrown, here and before on other sides, and what caused it. */
function trace(error, seen) {
  seen.add(error);
  // What JavaScript prints of an error differs by engine: the first line is not in every stack.
  const message = messageOf(error);
  const title = message === '' ? nameOf(error) : `${nameOf(error)}: ${message}`;
  const stack = textOf(read(error, 'stack') ?? '').trimEnd();
  const printed = [title, `${textOf(read(error, 'name'))}: ${message}`].find((line) => stack.startsWith(line));
  const all = printed === undefined ? stack.replace(/^(?=.)/gm, '    at ') : stack.slice(printed.length).replace(/^\n/, '');
  // How it got through the SDK and the bindings is nobody's concern.
  const frames = all.split('\n').filter((line) => !HIDDEN.test(line)).join('\n');
  let text = frames === '' ? title : `${title}\n${frames}`;
  const remote = read(error, 'traceback');
  if (typeof remote === 'string') text = `${remote.trimEnd()}\n\nOn this side:\n\n${text}`;
  for (const cause of causesOf(error)) {
    if (seen.has(cause) || seen.size >= MOST_CAUSES) continue;
    text += `\n\nCaused by ${isError(cause) ? trace(cause, seen) : describe(cause)}`;
  }
  return text;
}

function causesOf(error) {
  const [cause, errors] = [read(error, 'cause'), read(error, 'errors')];
  return [...(cause === undefined ? [] : [cause]), ...(Array.isArray(errors) ? errors : [])];
}
