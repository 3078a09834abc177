import type { TickRecord } from '../../../src/experience/index.ts';
import { readingOf } from '../robots.ts';

/** Tick `index` of a synthetic control loop of two joints with a sensor; an episode starts at the first one. Logged at 8 ns. */
export function tickAt(index: number): TickRecord {
  const reading = (at: number) =>
    readingOf({
      positions: [Math.sin(at), 0.1 + at / 3],
      velocities: [Math.PI * at, -1 / 3],
      efforts: [1e-300, 0],
      sensors: { fingertip: [0.1, 0.2, at] },
      sequence: at + 1,
      arrivalNs: at * 1e7 + 1 / 3,
    });
  return {
    index,
    startNs: index * 1e7 + 8,
    reading: reading(index),
    episode:
      index === 0
        ? {
            startsLoop: true,
            reading: reading(0),
            state: { qpos: Float64Array.of(0.3, -0.4), qvel: Float64Array.of(0, 0), memory: Float64Array.of(0.7) },
          }
        : null,
    safetyState: 'armed',
    command: {
      checkedNs: index * 1e7 + 8.25,
      proposedAction: Float32Array.of(0.1, -0.9),
      targets: Float64Array.of(0.1 + index, -0.0),
      applied: index % 2 === 0 ? Float64Array.of(0.1 + index, -0.0) : Float64Array.of(Math.fround(0.1 + index), 0),
      reasonCodes: [1, 3],
      policyVersion: 4,
    },
  };
}
