import { Subject } from 'rxjs';
import type { Driver, DriverEvent } from '../../src/driver/port.ts';
import { RobotInstance } from '../../src/control/index.ts';
import type { Policy } from '../../src/policy/port.ts';
import type { Applied } from '../../src/robot/command.ts';
import type { Reading, ResetState } from '../../src/robot/reading.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import { createGuard } from '../../src/safety/index.ts';
import type { SafeCommand } from '../../src/safety/port.ts';
import { createTask } from '../../src/task/index.ts';

export const pendulumSpec: RobotSpec = {
  name: 'pendulum',
  title: 'Pendulum',
  kind: 'simulated',
  joints: [
    { name: 'pivot', kind: 'revolute', commandMode: 'effort', limits: { maxEffortNmOrN: 2 }, stopMode: 'torque-off' },
  ],
  sensors: [],
  controlPeriodS: 0.05,
  readingMaxAgeS: 0.2,
};

export function pendulumReading(sequence: number, arrivalNs: number, theta = 0.1, thetaDot = 0): Reading {
  return {
    sequence,
    arrivalNs,
    deviceTimeS: arrivalNs / 1e9,
    positions: Float64Array.of(theta),
    velocities: Float64Array.of(thetaDot),
    efforts: Float64Array.of(0),
    sensors: new Map(),
  };
}

/** A body whose readings a test pushes by hand and whose commands it reads. */
export class ManualDriver implements Driver {
  readonly spec = pendulumSpec;
  readonly readings$ = new Subject<DriverEvent>();
  readonly commands: SafeCommand[] = [];
  onApply: (command: SafeCommand) => void = () => undefined;

  emitReading(reading: Reading): void {
    this.readings$.next({ kind: 'reading', reading });
  }

  apply(command: SafeCommand): Applied {
    this.commands.push(command);
    this.onApply(command);
    return { sequence: command.sequence, targets: command.targets };
  }
  arm(): Promise<void> {
    return Promise.resolve();
  }
  disarm(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.readings$.complete();
    return Promise.resolve();
  }
}

/** Always the same action. */
export class ConstantPolicy implements Policy {
  version = 1;
  asked = 0;
  action: number;
  constructor(action: number) {
    this.action = action;
  }
  act(_observation: Float32Array, out: Float32Array): void {
    this.asked += 1;
    out.fill(this.action);
  }
  beginEpisode(): void {
    // A constant forgets nothing.
  }
}

export const startState: ResetState = { qpos: Float64Array.of(0.1), qvel: Float64Array.of(0) };

/** A lane of the pendulum, begun and armed, over a HandBody. */
export function pendulumInstance(options: { action?: number; horizon?: number; index?: number } = {}): {
  instance: RobotInstance;
  driver: ManualDriver;
  policy: ConstantPolicy;
} {
  const driver = new ManualDriver();
  const policy = new ConstantPolicy(options.action ?? 0.5);
  const task = createTask(pendulumSpec, {
    name: 'Pendulum-v1',
    kind: 'pendulum',
    discount: 0.99,
    horizon: options.horizon ?? 200,
    parameters: {},
  });
  const guard = createGuard(pendulumSpec, { controlPeriodS: 0.05, readingMaxAgeS: 0.2 });
  const resetter = { reset: () => Promise.resolve(pendulumReading(0, 0)) };
  const instance = new RobotInstance({ driver, resetter, task, policy, mode: 'sample', guard }, options.index ?? 0);
  const first = pendulumReading(0, 0);
  instance.begin(first, startState, 0);
  guard.arm(first);
  return { instance, driver, policy };
}
