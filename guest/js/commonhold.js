// The JavaScript SDK: a thin base over the generated bindings.

export { CommonholdError, ERROR_KINDS } from './errors.js';
export { program } from './program.js';
export { SharedProxy, adopt, attempt, fromError, fromOptional, fromValue, toArgument, toError, toValue } from './proxies.js';
export { Float, ForeignObject, FrozenSet, Slice, Tuple } from './values.js';
