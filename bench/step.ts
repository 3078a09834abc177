import { loadAddon } from '../src/addon/index.ts';
import { XoshiroRandom } from '../src/base/random.ts';
import type { AlgorithmOptions, Engine } from '../src/engine/port.ts';
import { createPolicy, type PolicySnapshot, PortablePolicy } from '../src/policy/index.ts';
import { machine, option } from './support/machine.ts';
import { createStepper } from './support/stepper.ts';
import { quantile, round } from './support/summary.ts';
import { STEP_GFLOP, workload } from './support/workload.ts';

// One complete gradient step, compared with the best matrix product of one core in the same run; and one `act`.
const { name, options } = workload(option('workload', 'P'));
const kind = option('engine', 'native') === 'tensorflow' ? 'tensorflow' : 'native';
const threads = Number(option('threads', '1'));
const steps = Number(option('steps', '200'));
const backend = option('backend', 'auto') as 'auto' | 'tensorflow' | 'wasm' | 'cpu';
const ACTS = 20000;

const found = loadAddon();

/** GFLOP/s of the packed kernel on one core at the workload's width, best of a few; null without the addon. */
function peak(): number | null {
  if (found.addon === null) return null;
  const [first] = options.samplerLayers;
  const width = first?.kind === 'dense' ? first.width : 128;
  return found.addon.gemmPeak(found.isa, 2046, width, width, 20);
}

function snapshot(engine: Engine, { observationSize, actionSize, ...rest }: AlgorithmOptions): PolicySnapshot {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const ones = new Float32Array(observationSize).fill(1);
  return {
    meta: {
      robot: 'bench',
      task: name,
      observationNames: names('o', observationSize),
      actionNames: names('a', actionSize),
      samplerLayers: rest.samplerLayers,
      criticLayers: rest.criticLayers,
      criticCount: rest.criticCount,
      latentSize: rest.latentSize ?? actionSize,
      latentSkip: rest.latentSkip,
      algorithm: {},
      step: 0,
      parent: null,
    },
    tensors: new Map([
      ...engine.policyTensors(),
      ['normalizer.mean', { shape: [observationSize], data: new Float32Array(observationSize) }],
      ['normalizer.scale', { shape: [observationSize], data: ones }],
    ]),
  };
}

/** Microseconds of single calls of act, mode sample, as the control line makes them. */
function actUs(engine: Engine): { p50: number; p99: number } {
  const { observationSize, actionSize } = options;
  const acting = {
    observationSize,
    actionSize,
    random: new XoshiroRandom(3),
    latentCorrelation: 0,
    exploration: 'none',
  } as const;
  const policy = kind === 'native' ? createPolicy(acting) : new PortablePolicy(acting);
  policy.load(snapshot(engine, options), 1);
  const observation = new Float32Array(observationSize);
  const out = new Float32Array(actionSize);
  const times = new Float64Array(ACTS);
  const random = new XoshiroRandom(4);
  for (let i = -2000; i < ACTS; i++) {
    random.fillNormal(observation);
    const startMs = performance.now();
    policy.act(observation, out, 'sample');
    if (i >= 0) times[i] = (performance.now() - startMs) * 1000;
  }
  return { p50: round(quantile([...times], 0.5)), p99: round(quantile([...times], 0.99)) };
}

const stepper = await createStepper({ engine: kind, backend, threads, options });
stepper.run(Math.min(20, steps));
const times: number[] = [];
const peaks: (number | null)[] = [peak()];
// The clock of a core moves: peak and steps are measured in turns.
for (let block = 0; block < 5; block++) {
  times.push(...stepper.run(Math.ceil(steps / 5)));
  peaks.push(peak());
}
const stepMs = quantile(times, 0.5);
const gemm = Math.max(...peaks.map((value) => value ?? 0));
const result = {
  engine: kind,
  backend: stepper.engine.description,
  isa: kind === 'native' && found.addon !== null ? found.isa : null,
  workload: name,
  threads,
  stepMs: round(stepMs),
  bestMs: round(Math.min(...times)),
  gemmGflopPerS: gemm === 0 ? null : round(gemm),
  stepGflop: STEP_GFLOP[name],
  stepGflopPerS: round((STEP_GFLOP[name] / stepMs) * 1000),
  actUs: actUs(stepper.engine),
};
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  const ofPeak =
    gemm === 0 ? '' : `, ${Math.round((100 * result.stepGflopPerS) / gemm)} % of the core's ${round(gemm)}`;
  process.stdout.write(
    `${machine()}\n${name}, ${result.backend}: ${result.stepMs} ms a step (best ${result.bestMs}), ` +
      `${result.stepGflopPerS} GFLOP/s${ofPeak}; act p50 ${result.actUs.p50} us, p99 ${result.actUs.p99} us\n`,
  );
}
stepper.engine.dispose();
