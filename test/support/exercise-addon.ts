import { open } from 'node:fs/promises';
import { applyScheduling, createTicker, loadAddon, openPseudoTerminal, PreciseClock } from '../../src/addon/index.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { drawNoise, initialState, noiseFor } from '../../src/engine/index.ts';
import { NativeEngine } from '../../src/engine/native/native-engine.ts';
import type { AlgorithmOptions } from '../../src/engine/port.ts';
import { ActingPolicy } from '../../src/policy/acting-policy.ts';
import { NativePolicyNetwork } from '../../src/policy/native-policy-network.ts';
import { randomBatch, SETTINGS, SMALL } from './engines.ts';
import { randomPolicy } from './policies.ts';
import { update } from './update.ts';
import { layers, UNEVEN } from './networks.ts';

// Calls all of the addon once, also with invalid input: run as a separate program under sanitizers.
const found = loadAddon();
if (found.addon === null) throw new Error(found.reason);
const { addon } = found;

const CHANGES: readonly Partial<AlgorithmOptions>[] = [
  {},
  { proposal: 'uniform', svgdSpace: 'action-released', criticCount: 1, ...layers([33], false) },
  {
    proposal: 'sampler',
    kernelDistances: 'fixed',
    importanceExponent: 0,
    svgdSpace: 'action',
    ...UNEVEN,
    criticCount: 5,
    latentSkip: 0.5,
  },
  {
    criticTarget: 'action-value',
    latent: 'zero',
    fixedParticles: 1,
    updatedParticles: 1,
    valueSamples: 1,
    svgdSpace: 'action',
  },
  { fixedParticles: 100, updatedParticles: 40, valueSamples: 97, batchSize: 3 },
];

function refuses(what: () => unknown): void {
  try {
    what();
  } catch {
    return;
  }
  throw new Error(`not refused: ${String(what)}`);
}

for (const isa of addon.isas()) {
  if (addon.selfTest(isa) !== null) throw new Error(`self-test of ${isa}`);
  for (const [number, change] of CHANGES.entries()) {
    const options = { ...SMALL, ...change };
    const threads = number === 0 ? 2 : 1;
    const engine = new NativeEngine({ addon, isa, threads }, options, initialState(options, new XoshiroRandom(1)));
    const noise = noiseFor(options);
    const random = new XoshiroRandom(2);
    drawNoise(random, options, noise);
    for (let i = 0; i < 3; i++) {
      engine.drawNoise(random, noise, { critics: true, sampler: true });
      if (!update(engine, randomBatch(options, i), noise, SETTINGS).finite) throw new Error('not finite');
    }
    engine.restore(engine.state());
    const bad = randomBatch(options, 9);
    bad.observations[0] = NaN;
    if (update(engine, bad, noise, SETTINGS).finite) throw new Error('NaN was learned from');
    refuses(() => update(engine, { ...randomBatch(options, 9), rewards: new Float32Array(1) }, noise, SETTINGS));
    engine.dispose();
    refuses(() => update(engine, bad, noise, SETTINGS));
  }
  const snapshot = randomPolicy({ criticCount: 5, ...UNEVEN });
  const policy = new ActingPolicy(
    {
      observationSize: snapshot.meta.observationNames.length,
      actionSize: snapshot.meta.actionNames.length,
      random: new XoshiroRandom(1),
      latentCorrelation: 0,
      exploration: 'none',
    },
    new NativePolicyNetwork(addon, isa),
  );
  policy.load(snapshot, 1);
  const action = new Float32Array(snapshot.meta.actionNames.length);
  for (const mode of ['sample', 'zero', 'best'] as const)
    policy.act(new Float32Array(snapshot.meta.observationNames.length), action, mode);
}

refuses(() => addon.gemmPeak('portable', -1, 1, 1, 1));
refuses(() => new addon.NativeEngine({}));
refuses(() => new addon.NativeTicker(0, () => undefined));
refuses(() => new addon.NativeTimer(undefined as unknown as () => void));
const clock = new PreciseClock(addon);
refuses(() => new addon.NativeTimer(() => undefined).set(NaN));
clock.setTimer(clock.nowNs() + 1e9, () => undefined)();
await new Promise<void>((resolve) => {
  clock.setTimer(clock.nowNs() + 1e5, () => {
    clock.close();
    resolve();
  });
});
clock.setTimer(clock.nowNs(), () => undefined);
addon.baudRate(-1);
addon.setBaudRate(-1, 9600);
applyScheduling(addon, { cpus: [100000], nice: 0 });

const terminal = openPseudoTerminal();
terminal.setBaudRate(76_800);
if (terminal.baudRate() !== 76_800) throw new Error('the line has another speed');
const other = await open(terminal.path, 'r+');
const arrived = new Promise<void>((resolve) => terminal.stream.once('data', () => resolve()));
await other.write('x');
await arrived;
await other.close();
terminal.close();

let ticks = 0;
await new Promise<void>((resolve) => {
  const stop = createTicker(addon, {
    periodNs: 1e6,
    onTick: () => {
      if (++ticks < 20) return;
      stop();
      resolve();
    },
  });
});
process.stdout.write('exercised\n');
