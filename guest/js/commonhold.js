// The JavaScript SDK: a thin base over the generated bindings.

export { CommonholdError, ERROR_KINDS } from './errors.js';
export { program } from './program.js';
export { SharedProxy, adopt, fromOptional, fromValue, toArgument, toKeywords, toValue } from './proxies.js';
export { attempt, fromError, toError } from './thrown.js';
export { Float, ForeignObject, FrozenSet, Slice, Tuple } from './values.js';
