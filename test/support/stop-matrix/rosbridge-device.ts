import { COMMAND_TOPIC, startRobot } from '../rosbridge.ts';
import { type Device, type DeviceOptions, monotonicNs } from './device.ts';
import type { Evidence } from './evidence.ts';

const STATE_PERIOD_MS = 10;

/** A robot in ROS whose controller executes each target at once: its evidence is what the rosbridge server received. */
export async function startRosbridgeDevice({ folder }: DeviceOptions): Promise<Device> {
  const { robot: spec } = folder;
  const robot = await startRobot(spec, { periodMs: STATE_PERIOD_MS });
  const evidence = { positions: [], goals: [], requests: [] } as {
    positions: { atNs: number; values: number[] }[];
    goals: { atNs: number; joint: number; value: number }[];
    requests: { atNs: number; bytes: number }[];
  };
  const execute = robot.server.onPublished;
  robot.server.onPublished = (topic, msg) => {
    const atNs = monotonicNs();
    evidence.requests.push({ atNs, bytes: JSON.stringify(msg).length });
    execute(topic, msg);
    if (topic !== COMMAND_TOPIC) return;
    robot.commands.at(-1)!.forEach((value, joint) => evidence.goals.push({ atNs, joint, value }));
    evidence.positions.push({ atNs, values: Array.from(robot.positions) });
  };
  return {
    driverUrl: robot.url,
    servoFault: () => {
      robot.silent = true;
      return monotonicNs();
    },
    unplug: () => {
      robot.server.cut();
      return monotonicNs();
    },
    stop: async (): Promise<Evidence> => {
      evidence.positions.push({ atNs: monotonicNs(), values: Array.from(robot.positions) });
      await robot.stop();
      return {
        ...evidence,
        protocol: null,
        joints: spec.joints.map(({ name }) => name),
        drives: null,
        ownTimeouts: [],
        faults: [],
      };
    },
  };
}
