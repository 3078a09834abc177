import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { SimulatorSpec } from '../../wire/simulation/simulation-messages.ts';

/**
 * Throws E_PROTOCOL_MISMATCH unless the simulator is this robot: name, joints in order, every sensor of the robot file, and the
 * requested period (0 = any).
 */
export function checkSpec(spec: SimulatorSpec, robot: RobotSpec, controlPeriodS: number): void {
  compare('robot', spec.robot, robot.name);
  compare('joints', spec.jointNames.join(' '), robot.joints.map(({ name }) => name).join(' '));
  for (const { name, size } of robot.sensors) {
    compare(
      `size of sensor ${name}`,
      spec.sensors.find((sensor) => sensor.name === name)?.size ?? 'no such sensor',
      size,
    );
  }
  if (controlPeriodS !== 0) compare('control period in s', spec.controlPeriodS, controlPeriodS);
}

function compare(what: string, simulator: string | number, client: string | number): void {
  if (simulator === client) return;
  throw new SoftqdError('E_PROTOCOL_MISMATCH', `${what}: the simulator has ${simulator}, the client ${client}`, {
    values: { what, simulator, client },
  });
}
