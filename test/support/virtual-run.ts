import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cli, temporaryDirectory } from './cli.ts';
import { ServoGroundTruth } from './servo-ground-truth.ts';

/** The true state of the joints at one time, from the ground-truth file of a virtual device. */
export interface TrueJoints {
  readonly atNs: number;
  readonly positions: readonly number[];
  readonly velocities: readonly number[];
}

/** A virtual device in its own process, with a data directory of its own. */
export interface VirtualRobot {
  readonly robot: string;
  /** The value of --driver. */
  readonly driver: string;
  /** The value of --data. */
  readonly data: string;
  /** The true states so far, in order of time. */
  joints(): readonly TrueJoints[];
  /** What has happened to its servos so far. */
  truth(): ServoGroundTruth;
  /** Flags of every command that uses this robot. */
  readonly flags: readonly string[];
  close(): Promise<void>;
}

/** Starts `softqd virtual` and waits until it can be used. */
export async function startVirtualRobot(robot: string, flags: readonly string[] = []): Promise<VirtualRobot> {
  const directory = temporaryDirectory();
  const truth = join(directory.path, 'truth.jsonl');
  const data = join(directory.path, 'data');
  const device = new Cli(['virtual', '--robot', robot, '--ground-truth', truth, '--json', ...flags]);
  const { pty, protocol } = await device.event(({ event }) => event === 'ready');
  // Real servos do not wait for a processor. Without this permission or program the device is late on a busy machine.
  spawnSync('chrt', ['-f', '-a', '-p', '30', String(device.child.pid)]);
  const driver = `${String(protocol)}:${String(pty)}`;
  return {
    robot,
    driver,
    data,
    flags: ['--robot', robot, '--data', data, '--json'],
    joints: () =>
      readFileSync(truth, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"kind":"joints"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as TrueJoints),
    truth: () => new ServoGroundTruth(truth, protocol as 'feetech' | 'dynamixel'),
    close: async () => {
      device.child.kill('SIGINT');
      await device.done;
      directory.remove();
    },
  };
}

/** Starts `softqd run` with random actions on a virtual robot and waits until it is armed and driving. */
export async function startVirtualRun(
  virtual: VirtualRobot,
  task: string,
  flags: readonly string[] = [],
): Promise<Cli> {
  const run = new Cli(['run', ...virtual.flags, '--task', task, '--driver', virtual.driver, '--explore', ...flags]);
  await run.event(({ event, state }) => event === 'status' && state === 'armed');
  return run;
}

/** The largest joint speed in the last `seconds` of the ground truth, rad/s or m/s. */
export function lastSpeed(joints: readonly TrueJoints[], seconds: number): number {
  const sinceNs = joints.at(-1)!.atNs - seconds * 1e9;
  const speeds = joints.filter(({ atNs }) => atNs >= sinceNs).flatMap(({ velocities }) => velocities.map(Math.abs));
  return Math.max(...speeds);
}
