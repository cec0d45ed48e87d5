// Has `import 'commonhold:manager/...'` give what a test has put into `globalThis.bindings`, as if it ran in a guest.

const FUNCTIONS = {
  iterators: ['create', 'next'],
  manager: ['create', 'typeids'],
  names: ['publish', 'withdraw', 'lookUp', 'names'],
  processes: ['spawn', 'join'],
  providers: ['start', 'create', 'typeids'],
  'provider-host': ['adopt', 'keyOf', 'existing'],
};

export function resolve(specifier, context, next) {
  return specifier.startsWith('commonhold:') ? { url: specifier, format: 'module', shortCircuit: true } : next(specifier, context);
}

export function load(url, context, next) {
  const name = /^commonhold:manager\/([a-z-]+)@/.exec(url)?.[1];
  if (name === undefined) return next(url, context);
  const source = FUNCTIONS[name].map(
    (it) => `export const ${it} = (...args) => globalThis.bindings[${JSON.stringify(name)}].${it}(...args);`,
  );
  return { format: 'module', source: source.join('\n'), shortCircuit: true };
}
