import { PerformanceObserver } from 'node:perf_hooks';
import { loadAddon } from '../../src/addon/index.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { ActingPolicy } from '../../src/policy/acting-policy.ts';
import { NativePolicyNetwork } from '../../src/policy/native-policy-network.ts';
import { PortablePolicyNetwork } from '../../src/policy/portable-policy-network.ts';
import { randomPolicy } from './policies.ts';
import { layers } from './networks.ts';

// Measures the heap growth of 100,000 acts: a separate program for `node --expose-gc`, prints one JSON object per mode.
// The first blocks may still be compiled while they run, so the lowest of several growths is used: an allocating act allocates in all of them.
const [kind = 'native'] = process.argv.slice(2);
const ACTS = 100_000;
const BLOCKS = 6;
const WARM_UP = 50_000;

function actor(): NativePolicyNetwork | PortablePolicyNetwork {
  if (kind === 'portable') return new PortablePolicyNetwork();
  const found = loadAddon();
  if (found.addon === null) throw new Error(found.reason);
  return new NativePolicyNetwork(found.addon, found.isa);
}

const { gc } = globalThis;
if (gc === undefined) throw new Error('run with --expose-gc');
const snapshot = randomPolicy(layers([32, 32], true));
const { observationNames, actionNames } = snapshot.meta;
const policy = new ActingPolicy(
  {
    observationSize: observationNames.length,
    actionSize: actionNames.length,
    random: new XoshiroRandom(1),
    latentCorrelation: 0.5,
    exploration: 'ornstein-uhlenbeck',
  },
  actor(),
);
policy.load(snapshot, 1);
const observation = new Float32Array(observationNames.length).fill(0.3);
const action = new Float32Array(actionNames.length);
let collections = 0;
const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));

for (const mode of ['sample', 'zero', 'best'] as const) {
  let best = { mode, heapBytesPerAct: Infinity, externalBytes: Infinity, collections: Infinity };
  for (let i = 0; i < WARM_UP; i++) policy.act(observation, action, mode);
  for (let block = 0; block < BLOCKS && best.heapBytesPerAct > 1; block++) {
    await gc({ type: 'major', execution: 'async' });
    collections = 0;
    observer.observe({ entryTypes: ['gc'] });
    const before = process.memoryUsage();
    for (let i = 0; i < ACTS; i++) policy.act(observation, action, mode);
    const after = process.memoryUsage();
    await new Promise((resolve) => setTimeout(resolve, 10));
    observer.disconnect();
    const heapBytesPerAct = (after.heapUsed - before.heapUsed) / ACTS;
    if (collections > 0 || heapBytesPerAct >= best.heapBytesPerAct) continue;
    best = { mode, heapBytesPerAct, externalBytes: after.external - before.external, collections };
  }
  process.stdout.write(`${JSON.stringify(best)}\n`);
}
