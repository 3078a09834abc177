import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleNames, EXAMPLES_DIRECTORY } from './examples.ts';
import { Cli, cli, quickLearner, type CliResult } from './cli.ts';
import { ROOT } from './documentation.ts';
import { PATIENT_SETTINGS } from './patient-settings.ts';

/** How a documented command of softqd is run, and its expected result. The first matching entry applies. */
export interface DocumentedRun {
  readonly matches: RegExp;
  /** The virtual robot behind /dev/ttyACM0, /tmp/arm or /tmp/so101. */
  readonly virtual?: readonly string[];
  readonly flags?: readonly string[];
  /** The command is interrupted after this event; otherwise it runs to its end. */
  readonly until?: string;
  /** Exit codes that are right, 0 by default. */
  readonly codes?: readonly number[];
  /** Expected in standard output and standard error. */
  readonly output?: RegExp;
}

const SO101 = ['--robot', 'so101'];
const SHORT = ['--duration', '1', ...PATIENT_SETTINGS];

export const DOCUMENTED_RUNS: readonly DocumentedRun[] = [
  { matches: /^pretrain /, flags: [...quickLearner, '--steps', '80'] },
  { matches: /^evaluate /, flags: ['--episodes', '1'] },
  { matches: /^(|log info.*|report.*|config (show|check).*|runs list|doctor)$/ },
  // No daemon runs.
  { matches: /^status/, codes: [1], output: /not-running/ },
  { matches: /^stop/, codes: [1], output: /E_NO_DAEMON/ },
  // A machine without serial ports.
  { matches: /^scan$/, codes: [0, 2] },
  { matches: /^robot import /, flags: ['--tip', 'tool'] },
  { matches: /^task (new|check) / },
  // Nothing listens there.
  { matches: /^simulator check ws:/, codes: [1], output: /E_CONNECT/ },
  { matches: /^simulator check / },
  { matches: /^run .*\.\/robots\/my-arm/, virtual: SO101, flags: SHORT, codes: [2], output: /servoBus/ },
  { matches: /^run .*rosbridge:/, flags: SHORT, codes: [1], output: /E_CONNECT/ },
  { matches: /^run .*(feetech|dynamixel):/, virtual: SO101, flags: SHORT },
  { matches: /^run /, flags: SHORT },
  { matches: /^virtual /, until: 'ready', codes: [130] },
  { matches: /^scan .*feetech:/, virtual: SO101 },
  // On a busy machine the loop budget is exceeded, which is a finding.
  { matches: /^doctor .*feetech:/, virtual: SO101, codes: [0, 1], output: /"findings"/ },
  { matches: /^setup-servos .*--joint/, virtual: [...SO101, '--factory-servo', 'wrist_roll'] },
  { matches: /^setup-servos /, virtual: [...SO101, '--factory-servo', 'gripper'], until: 'prompt', codes: [130] },
  { matches: /^calibrate .*--import/, virtual: [...SO101, '--uncalibrated'], flags: ['--yes'] },
  { matches: /^calibrate /, virtual: [...SO101, '--uncalibrated'], until: 'prompt', codes: [130] },
  { matches: /^jog .*bridge:/, virtual: ['--robot', 'pendulum-rig'], flags: PATIENT_SETTINGS },
  { matches: /^jog .*--(by|to)/, virtual: SO101, flags: PATIENT_SETTINGS },
  { matches: /^jog /, virtual: SO101, codes: [2], output: /E_USAGE.*terminal/s },
];

/** Commands that are not run here: why, and a check that the reason holds. */
export const OTHER_COMMANDS: readonly {
  readonly matches: RegExp;
  readonly reason: string;
  readonly holds: () => boolean;
}[] = [
  { matches: /^npm ci && npm test$/, reason: 'CI runs it', holds: () => /npm ci\n[^]*npm test/.test(read('.ci/run')) },
  {
    matches: /^npm ci && npm start$/,
    reason: 'example 01 runs the demo',
    holds: () => /"start": "node bin\/softqd.js demo"/.test(read('package.json')),
  },
  {
    matches: /^bash examples\/[\w-]+\/run\.sh$/,
    reason: 'test/e2e/examples.full.test.ts runs it',
    holds: () => exampleNames().length >= 8,
  },
  {
    matches: /^(make -C firmware-bridge|npx tsx test\/support\/firmware\.ts)/,
    reason: 'test/unit/firmware-bridge runs it',
    holds: () => /make\(/.test(read('test/unit/firmware-bridge/core.test.ts')),
  },
  {
    matches: /simulator_pendulum\.py/,
    reason: 'test/e2e/simulator-check.full.test.ts runs it',
    holds: () => read('test/e2e/simulator-check.full.test.ts').includes('simulator_pendulum.py'),
  },
  {
    matches: /examples\/simulators\/|--simulator \.\/pendulum/,
    reason: 'test/e2e/simulator-examples.full.test.ts runs each of them, with the packages that they need',
    holds: () =>
      ['go/pendulum.go', 'mujoco_model.py', 'gymnasium_env.py', 'pybullet_urdf.py'].every((file) =>
        read('test/e2e/simulator-examples.full.test.ts').includes(file),
      ),
  },
  { matches: /^(sudo|ros2) /, reason: 'on the ROS side', holds: () => true },
  { matches: /^st-flash /, reason: 'needs a board', holds: () => true },
];

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The directory in which documented commands are run: policies, a recording, a URDF, a calibration. */
export async function prepareDirectory(directory: string): Promise<void> {
  cpSync(join(EXAMPLES_DIRECTORY, '08-import-a-urdf/arm.urdf'), join(directory, 'arm.urdf'));
  writeFileSync(join(directory, 'arm.json'), JSON.stringify(leRobotCalibration()));
  for (const [example, name] of [
    ['10-write-a-simulator-in-python/simulator_pendulum.py', 'my_sim.py'],
    ['simulators/softqd_simulator.py', 'softqd_simulator.py'],
  ] as const)
    cpSync(join(EXAMPLES_DIRECTORY, example), join(directory, name));
  cpSync(join(ROOT, 'config/robots/pendulum'), join(directory, 'my-robot'), { recursive: true });
  for (const [robot, name] of [
    ['arm2', 'reach'],
    ['so101', 'so101'],
  ] as const) {
    const out = ['--out', join(directory, `${name}.safetensors`)];
    const flags = [
      '--robot',
      robot,
      '--task',
      'reach',
      '--steps',
      '80',
      '--seed',
      '1',
      '--data',
      join(directory, 'data'),
    ];
    const { code, stderr } = await cli(['pretrain', ...flags, ...out, ...quickLearner]);
    if (code !== 0) throw new Error(stderr);
  }
  const recorded = ['--robot', 'so101', '--task', 'reach', '--data', join(directory, 'recorded')];
  const policy = ['--policy', join(directory, 'so101.safetensors')];
  const result = await cli(['run', ...recorded, ...policy, ...SHORT, '--json']);
  if (result.code !== 0) throw new Error(result.stderr);
  writeFileSync(join(directory, 'recording'), String(result.events.at(-1)!['log']));
}

function leRobotCalibration(): Record<string, unknown> {
  const joints = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'wrist_flex', 'wrist_roll', 'gripper'];
  const calibrationOf = (name: string, index: number): object => {
    const [range_min, range_max] = name === 'gripper' ? [1500, 2700] : [900, 3200];
    return { id: index + 1, drive_mode: 0, homing_offset: 0, range_min, range_max };
  };
  return Object.fromEntries(joints.map((name, index) => [name, calibrationOf(name, index)]));
}

/** The arguments with paths, addresses and shell patterns of `directory`; later flags override earlier ones. */
function substitute(words: readonly string[], directory: string, port: string | null): string[] {
  const recording = readFileSync(join(directory, 'recording'), 'utf8');
  return words.flatMap((word) => {
    if (word.includes('runs/*/log/*.mcap')) return [join(recording, '00000.mcap')];
    return [
      word
        .replace(/playback:RUN\/log/, `playback:${recording}`)
        .replace(/playback:RUN/, `playback:${recording}`)
        .replace(/^(feetech|bridge):\/(dev\/ttyACM0|tmp\/\w+)/, `$1:${port ?? ''}`)
        .replace(/^\/tmp\/(so101|arm)$/, join(directory, 'port'))
        .replace(/robot\.local:9090/, '127.0.0.1:1')
        .replace(/^~\/\.cache.*arm\.json$/, join(directory, 'arm.json')),
    ];
  });
}

/** What a run with a virtual robot reports when this machine gives one of them no processor for some time. */
export const STALLED = /command timeout|no reply from/;
export const MAX_REPEATS = 2;

/** Runs one documented command in `directory`, with the virtual robot that it needs; again where a stall of this machine ended it. */
export async function runDocumented(
  words: readonly string[],
  run: DocumentedRun,
  directory: string,
): Promise<CliResult> {
  for (let repeats = 0; ; repeats++) {
    const result = await runOnce(words, run, directory);
    const isRight = (run.codes ?? [0]).includes(result.code ?? -1);
    if (isRight || repeats === MAX_REPEATS || !STALLED.test(result.stdout + result.stderr)) return result;
    rmSync(join(directory, 'data', 'faults'), { recursive: true, force: true });
  }
}

async function runOnce(
  words: readonly string[],
  { virtual, flags = [], until }: DocumentedRun,
  directory: string,
): Promise<CliResult> {
  const device = virtual === undefined ? null : new Cli(['virtual', ...virtual, '--json']);
  try {
    const ready = await device?.event(({ event }) => event === 'ready');
    const port = ready === undefined ? null : String(ready['pty']);
    // Each virtual arm is another arm: the calibration of the one before is not its own.
    rmSync(join(directory, 'data', 'calibration'), { recursive: true, force: true });
    const data = ['--data', join(directory, 'data')];
    // The networks must be those of the policies here, which quickLearner made.
    const learner = words[0] === 'run' && words.includes('--learn') ? quickLearner : [];
    const command = [...substitute(words, directory, port), ...flags, ...learner, ...data, '--json'];
    const run = new Cli(command, { cwd: directory, ...(until === undefined ? {} : { input: null }) });
    if (until !== undefined) {
      await run.event(({ event }) => event === until);
      run.child.kill('SIGINT');
    }
    return await run.done;
  } finally {
    device?.child.kill('SIGINT');
    await device?.done;
  }
}
