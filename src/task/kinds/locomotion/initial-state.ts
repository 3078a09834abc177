import type { Random } from '../../../base/random.ts';
import type { ResetState } from '../../../robot/reading.ts';
import { addNormal, addUniform, type GeneralizedState } from '../../generalized-state.ts';
import type { TaskParameters } from '../../settings.ts';

/** Where an episode starts: parameters of every task whose robot moves over the ground. */
export const INITIAL_STATE_PARAMETERS = {
  /** An episode starts with rootZ = initialHeightM, every other coordinate at 0 (rootQuaternionW 1), and this noise. */
  initialHeightM: { default: 0, min: -1e6, max: 1e6 },
  /** Coordinates: uniform within ±. */
  positionNoise: { default: 0, min: 0, max: 10 },
  /** Velocities: normal with this standard deviation where it is not 0, otherwise uniform within ±. */
  uniformVelocityNoise: { default: 0, min: 0, max: 100 },
  normalVelocityNoise: { default: 0, min: 0, max: 100 },
} as const;

/** Coordinates first, then velocities, each in order. */
export function sampleInitialState(
  { positions, velocities }: GeneralizedState,
  parameters: TaskParameters<typeof INITIAL_STATE_PARAMETERS>,
  random: Random,
): ResetState {
  const start: Readonly<Record<string, number>> = { rootZ: parameters.initialHeightM, rootQuaternionW: 1 };
  const qpos = addUniform(
    Float64Array.from(positions, (name) => start[name] ?? 0),
    parameters.positionNoise,
    random,
  );
  const still = new Float64Array(velocities.length);
  const { uniformVelocityNoise, normalVelocityNoise } = parameters;
  const qvel =
    normalVelocityNoise > 0
      ? addNormal(still, normalVelocityNoise, random)
      : addUniform(still, uniformVelocityNoise, random);
  return { qpos, qvel };
}
