import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prebuiltPath } from '../../addon/index.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopPlan } from '../../safety/port.ts';
import type { VirtualBoard } from '../port.ts';
import { VirtualBridge } from './virtual-bridge.ts';

/** Built by scripts/build-firmware-host.mjs, on this machine or for the package. */
const BUILT = fileURLToPath(new URL('../../../native/build/host-bridge', import.meta.url));
const PROGRAM = existsSync(BUILT) ? BUILT : prebuiltPath('host-bridge');
/** Joints and limits that firmware-bridge/robots has. */
const ROBOTS: readonly string[] = ['pendulum-rig'];

/** The board of this robot with the core of the firmware; it stops as the robot file says. Throws E_NOT_IMPLEMENTED when it was not compiled, E_USAGE for another robot. */
export function createVirtualBridge(robot: RobotSpec): VirtualBoard {
  if (!ROBOTS.includes(robot.name)) {
    throw new SoftqdError('E_USAGE', `no bridge firmware for ${robot.name}; available: ${ROBOTS.join(', ')}`, {
      hint: `softqd virtual --robot ${ROBOTS[0]!}`,
      values: { robot: robot.name },
    });
  }
  if (!existsSync(PROGRAM)) {
    throw new SoftqdError('E_NOT_IMPLEMENTED', `the firmware of ${robot.name} was not built for this machine`, {
      hint: 'Install a C compiler (apt install gcc), then npm run build in a checkout or npm rebuild softqd.',
      values: { program: PROGRAM },
    });
  }
  return new VirtualBridge(PROGRAM, robot.name, stopPlan(robot).joints);
}
