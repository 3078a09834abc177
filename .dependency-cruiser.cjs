/** The import table of docs/architecture.md, one rule a room; type-only imports count. */
const rooms = {
  base: [],
  robot: ['base'],
  addon: ['base'],
  wire: ['base', 'robot'],
  task: ['base', 'robot'],
  safety: ['base', 'robot'],
  policy: ['base', 'robot', 'addon'],
  engine: ['base', 'policy', 'addon'],
  body: ['base', 'robot', 'wire', 'safety'],
  experience: ['base', 'robot', 'wire'],
  control: ['base', 'robot', 'body', 'task', 'policy', 'safety', 'experience'],
  learner: ['base', 'robot', 'wire', 'policy', 'experience', 'engine'],
  simulator: ['base', 'robot', 'wire', 'addon'],
  workshop: ['base', 'robot', 'wire', 'body', 'policy', 'safety', 'experience', 'task', 'simulator'],
  config: ['base', 'robot'],
  api: ['base', 'robot', 'wire', 'config'],
  daemon: ['base', 'robot', 'wire', 'addon', 'task', 'policy', 'safety', 'body', 'control', 'experience', 'engine', 'learner', 'simulator', 'workshop', 'api', 'config'],
  cli: ['daemon', 'config', 'base'],
};
const doorOnly = Object.keys(rooms).filter((room) => room !== 'base' && room !== 'robot' && room !== 'wire');
const forbidden = [
  { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'pure-rooms-have-no-node-imports',
    comment: 'I/O lives in adapters: the file that holds a backend or an addon',
    severity: 'error',
    from: { path: '^src/(base|robot|wire|task|policy|safety|control|engine)/', pathNot: '(^src/wire/generated/)|(-adapter\\.ts$)' },
    to: { dependencyTypes: ['core'] },
  },
  ...Object.entries(rooms).map(([room, allowed]) => ({
    name: `${room}-imports`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
  })),
  ...doorOnly.map((room) => ({
    name: `${room}-door`,
    comment: "another room comes in by the door: port.ts or index.ts",
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${room}/` },
    to: { path: `^src/${room}/`, pathNot: `^src/${room}/([a-z-]+/)?(port|index)\\.ts$` },
  })),
  {
    name: 'control-knows-ports-only',
    severity: 'error',
    from: { path: '^src/control/' },
    to: { path: '^src/(body|task|policy|safety|experience)/', pathNot: '/port\\.ts$' },
  },
];
module.exports = {
  forbidden,
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
};
