import { Subject } from 'rxjs';
import type { Driver, DriverEvent } from '../../src/driver/port.ts';
import { beginEpisode, type LoopState, type RobotComponents } from '../../src/control/index.ts';
import type { Policy } from '../../src/policy/port.ts';
import type { Applied } from '../../src/robot/command.ts';
import type { Reading, ResetState } from '../../src/robot/reading.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import { createGuard } from '../../src/safety/index.ts';
import type { SafeCommand } from '../../src/safety/port.ts';
import { createTask } from '../../src/task/index.ts';
import { stopReport, type StopPlan, type StopReport } from '../../src/robot/stop-plan.ts';

const pendulumSpec: RobotSpec = {
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

/** A driver whose readings a test pushes and whose commands it reads. */
class ManualDriver implements Driver {
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
  disarm(plan: StopPlan): Promise<StopReport> {
    return Promise.resolve(stopReport(plan, null));
  }
  close(): Promise<void> {
    this.readings$.complete();
    return Promise.resolve();
  }
}

/** Always the same action. */
class ConstantPolicy implements Policy {
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
    // A constant has nothing to reset.
  }
}

export const initialState: ResetState = { qpos: Float64Array.of(0.1), qvel: Float64Array.of(0) };

export interface PendulumRobot {
  readonly robot: RobotComponents;
  readonly initial: LoopState;
  readonly driver: ManualDriver;
  readonly policy: ConstantPolicy;
}

/** A pendulum over a ManualDriver, armed, and the state of the loop at the first reading of episode 0. */
export function pendulumRobot(options: { action?: number; horizon?: number } = {}): PendulumRobot {
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
  const robot = { driver, task, policy, mode: 'sample', guard } as const;
  const reading = pendulumReading(0, 0);
  const memory = guard.arm(guard.initialMemory, reading);
  const state = beginEpisode(robot, memory, { reading, initialState, episode: 0 });
  return { robot, initial: { nextSequence: 0, robots: [state] }, driver, policy };
}

/** Resolves when all microtasks and one turn of the event loop have run. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
