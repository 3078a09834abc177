/**
 * A program that drives the servos of a robot as `softqd run` does, and is stopped or killed by a test. Argument: OwnerOptions as JSON.
 * Prints `{"event":"armed","watchdogPid"}`, `{"event":"fault","code","message"}`, after a signal `{"event":"stopped","report"}`.
 */
import { silentLogger } from '../../src/base/logger.ts';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { connectServos } from '../../src/driver/index.ts';
import type { StopMode } from '../../src/robot/robot-spec.ts';
import { DEFAULT_STOP, stopPlan } from '../../src/safety/index.ts';
import { unguardedForTest } from './safe-command.ts';
import { loadRobot } from './simulator.ts';

export interface OwnerOptions {
  readonly robot: 'so101' | 'koch';
  readonly address: string;
  /** null: those of the robot file. */
  readonly stopMode: StopMode | null;
  readonly rateHz: number;
  /** rad, reached at 1 rad/s. */
  readonly targets: readonly number[];
  readonly holdSocketPath: string | null;
  readonly holdS: number;
  readonly then: StopMode;
}

function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as OwnerOptions;
  const loaded = loadRobot(options.robot);
  const joints = loaded.joints.map((joint) => ({ ...joint, stopMode: options.stopMode ?? joint.stopMode }));
  const robot = { ...loaded, joints, stop: { ...DEFAULT_STOP, holdS: options.holdS, then: options.then } };
  const interrupted = new AbortController();
  const { driver } = await connectServos({
    protocol: loaded.servoBus!.protocol,
    ...{ address: options.address, robot, calibration: null },
    controlPeriodS: 1 / options.rateHz,
    clock: new MonotonicClock(),
    logger: silentLogger,
    signal: interrupted.signal,
    holdSocketPath: options.holdSocketPath,
  });
  let positions: number[] = [];
  driver.readings$.subscribe({
    next: (event) => {
      if (event.kind === 'reading') positions = [...event.reading.positions];
      else say({ event: 'fault', code: event.error.code, message: event.error.message });
    },
    error: () => undefined,
  });
  await driver.arm();
  while (positions.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  let goals = positions;
  let sequence = 0;
  const command = (): void => {
    const most = 1 / options.rateHz;
    goals = goals.map((goal, i) => goal + Math.max(-most, Math.min(most, options.targets[i]! - goal)));
    driver.apply(unguardedForTest(sequence++, goals));
  };
  command();
  const timer = setInterval(command, 1000 / options.rateHz);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      interrupted.abort();
      clearInterval(timer);
      void driver
        .disarm(stopPlan(robot), signal)
        .then((report) => say({ event: 'stopped', report }))
        .then(() => driver.close())
        .then(() => process.exit(0));
    });
  }
  say({ event: 'armed', watchdogPid: driver.watchdogPid ?? 0 });
}

void main();
