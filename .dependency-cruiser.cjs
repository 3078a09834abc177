/**
 * The modules of docs/architecture.md in their order: a module imports only from modules above it, and of those only from
 * the ones listed here. Type-only imports count.
 */
const modules = {
  base: [],
  robot: ['base'],
  wire: ['base', 'robot'],
  addon: ['base'],
  task: ['base', 'robot'],
  policy: ['base', 'robot', 'addon'],
  safety: ['base', 'robot'],
  serial: ['base'],
  servo: ['base', 'robot', 'wire', 'serial'],
  driver: ['base', 'robot', 'wire', 'safety', 'serial', 'servo'],
  control: ['base', 'robot', 'task', 'policy', 'safety', 'driver'],
  experience: ['base', 'robot', 'wire'],
  engine: ['base', 'addon', 'policy'],
  learner: ['base', 'robot', 'wire', 'policy', 'experience', 'engine'],
  config: ['base', 'robot', 'engine', 'learner'],
  simulator: ['base', 'robot', 'wire'],
  virtual: ['base', 'robot', 'wire', 'safety', 'addon', 'simulator'],
  processes: ['base', 'robot', 'addon', 'learner', 'config', 'simulator'],
  runs: [
    'base',
    'robot',
    'wire',
    'addon',
    'task',
    'policy',
    'safety',
    'serial',
    'servo',
    'driver',
    'control',
    'experience',
    'engine',
    'learner',
    'config',
    'processes',
  ],
  commissioning: ['base', 'robot', 'wire', 'task', 'policy', 'safety', 'serial', 'servo', 'driver', 'control', 'runs'],
  report: ['base', 'robot', 'task', 'policy', 'experience', 'simulator', 'runs'],
  api: ['base', 'robot', 'wire', 'config', 'processes', 'runs'],
  cli: ['base', 'config', 'runs'],
  commands: [
    'base',
    'robot',
    'wire',
    'addon',
    'task',
    'policy',
    'safety',
    'serial',
    'servo',
    'driver',
    'control',
    'experience',
    'engine',
    'config',
    'simulator',
    'virtual',
    'processes',
    'runs',
    'commissioning',
    'report',
    'api',
    'cli',
  ],
};
/** Everything in these modules is vocabulary: any of their files may be imported. */
const vocabulary = ['base', 'robot', 'wire'];
const entryOnly = Object.keys(modules).filter((module) => !vocabulary.includes(module));
const order = Object.keys(modules);
for (const [module, allowed] of Object.entries(modules)) {
  const late = allowed.find((other) => order.indexOf(other) >= order.indexOf(module));
  if (late !== undefined) throw new Error(`the table lets ${module} import ${late}, which is not above it`);
}
const forbidden = [
  { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'pure-modules-have-no-node-imports',
    comment: 'I/O lives in adapters: the file that holds a backend or an addon',
    severity: 'error',
    from: {
      path: '^src/(base|robot|wire|task|policy|safety|control|engine)/',
      pathNot: '(^src/wire/generated/)|(-adapter\\.ts$)',
    },
    to: { dependencyTypes: ['core'] },
  },
  ...Object.entries(modules).map(([module, allowed]) => ({
    name: `${module}-imports`,
    severity: 'error',
    from: { path: `^src/${module}/` },
    to: { path: '^src/', pathNot: `^src/(${[module, ...allowed].join('|')})/` },
  })),
  ...entryOnly.map((module) => ({
    name: `${module}-entry`,
    comment: 'another module enters through port.ts or index.ts',
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${module}/` },
    to: {
      path: `^src/${module}/`,
      pathNot: [`^src/${module}/(port|index)[.]ts$`, `^src/${module}/[^/]+/index[.]ts$`],
    },
  })),
  {
    name: 'wire-protocol-entry',
    comment: 'a wire protocol is entered through its index.ts',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/wire/' },
    to: { path: '^src/wire/(feetech|dynamixel|bridge|rosbridge)/', pathNot: '^src/wire/[^/]+/index[.]ts$' },
  },
  {
    name: 'control-imports-ports-only',
    severity: 'error',
    from: { path: '^src/control/' },
    to: { path: '^src/(driver|task|policy|safety)/', pathNot: '/port\\.ts$' },
  },
];
module.exports = {
  forbidden,
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
