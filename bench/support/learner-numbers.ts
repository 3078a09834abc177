import { fittedEntropy } from './fitted-entropy.ts';
import { runLog } from './run-log.ts';
import { readPolicy } from './sampler-distance.ts';

/** The states at which the actions are drawn are spread over this many of the newest steps. */
const NEWEST_STEPS = 5000;
const STATES = 32;
const DRAWS = 500;
/** Metrics are means over this part of the stage, its end. */
const END_FRACTION = 0.25;
const AVERAGED = ['alpha', 'entropy', 'criticBias', 'logDeterminantSpread'] as const;

/** What the learner says about itself at the end of a stage, null where it said nothing, and the entropy of its policy by an independent estimate. */
export type LearnerNumbers = Readonly<Record<(typeof AVERAGED)[number] | 'entropyFitted', number | null>>;

/** Of a run whose log ends with the stage from step `from` to step `to` (docs/learning.md explains the metrics). */
export async function learnerNumbers(run: {
  readonly log: string;
  readonly policyFile: string;
  readonly from: number;
  readonly to: number;
}): Promise<LearnerNumbers> {
  const { from, to } = run;
  const values = new Map<string, number[]>(AVERAGED.map((name) => [name, []]));
  const observations: Float32Array[] = [];
  const spacing = Math.max(1, Math.floor(Math.min(NEWEST_STEPS, to) / STATES));
  for await (const message of runLog(run.log)) {
    if (message.kind === 'transition') {
      const { sequence, observation } = message.transition;
      const age = to - 1 - sequence;
      if (age >= 0 && age < STATES * spacing && age % spacing === 0) observations.push(observation);
    } else if (message.kind === 'metrics') {
      const { metrics } = message.metrics;
      const { steps = 0 } = metrics;
      if (steps > to || steps <= to - END_FRACTION * (to - from)) continue;
      for (const name of AVERAGED) if (metrics[name] !== undefined) values.get(name)!.push(metrics[name]);
    }
  }
  const means = AVERAGED.map((name) => [name, meanOf(values.get(name)!)] as const);
  const snapshot = readPolicy(run.policyFile);
  // A policy with one latent has no distribution.
  const isRandom = snapshot.meta.algorithm['latent'] !== 'zero' && observations.length > 0;
  const entropyFitted = isRandom ? fittedEntropy(snapshot, observations, DRAWS) : null;
  return { ...(Object.fromEntries(means) as Omit<LearnerNumbers, 'entropyFitted'>), entropyFitted };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
