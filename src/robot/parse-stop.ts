import type { JointSpec, StopSpec } from './robot-spec.ts';
import { StrictObject } from './strict-object.ts';

const MAX_HOLD_S = 86_400;

/** The `robot.stop` object of a robot.json5. Throws E_ROBOT_FILE. */
export function parseStop(
  json: unknown,
  place: ConstructorParameters<typeof StrictObject>[2],
  joints: readonly JointSpec[],
): StopSpec {
  const stop = new StrictObject(json, ['holdS', 'then', 'maxHoldTemperatureC', 'restPositionsRadOrM'], place);
  return {
    holdS: stop.number('holdS', 0, MAX_HOLD_S),
    then: stop.choice('then', ['hold', 'damp', 'torque-off']),
    maxHoldTemperatureC: stop.number('maxHoldTemperatureC', 20, 120),
    restPositionsRadOrM: stop.has('restPositionsRadOrM') ? parseRestPositions(stop, joints) : null,
  };
}

function parseRestPositions(stop: StrictObject, joints: readonly JointSpec[]): readonly number[] {
  const positions = stop.numbers('restPositionsRadOrM', joints.length);
  for (const [i, { name, limits }] of joints.entries()) {
    const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = limits;
    const position = positions[i]!;
    if (position >= low && position <= high) continue;
    throw stop.error(`has ${position} for ${name}, outside its range ${low} to ${high}`, 'restPositionsRadOrM');
  }
  return positions;
}
