import type { StopMode } from '../../robot/robot-spec.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import type { ServoBus } from '../port.ts';
import type { ServoSample } from '../protocols/servo-protocol.ts';
import { HoldMonitor, type HeldJointState, type HoldAction } from './hold-monitor.ts';
import type { StoppableRobot } from './read-stop-states.ts';
import { stopServos } from './stop-servos.ts';
import type { ServoStopState } from './stop-settings.ts';

export interface HoldSupervisorOptions {
  readonly bus: ServoBus;
  readonly robot: StoppableRobot;
  readonly plan: StopPlan;
  /** States of the stop, in joint order. */
  readonly states: readonly (ServoStopState | null)[];
  /** Monotonic time of the stop. */
  readonly sinceNs: number;
  /** What happened to a joint, in words. */
  readonly onMessage: (message: string) => void;
}

/** Carries out what HoldMonitor finds: a joint that sinks gets its torque limit back, one whose time is over changes its stop mode. */
export class HoldSupervisor {
  private readonly options: HoldSupervisorOptions;
  private readonly monitor: HoldMonitor;
  private working: Promise<void> = Promise.resolve();

  constructor(options: HoldSupervisorOptions) {
    this.options = options;
    this.monitor = new HoldMonitor(options.plan, options.states, options.sinceNs);
  }

  get isHolding(): boolean {
    return this.monitor.isHolding;
  }

  /** The newest samples in joint order. Resolves when what was found is carried out; never rejects. */
  check(
    nowNs: number,
    samples: readonly (Pick<ServoSample, 'positionSteps' | 'temperatureC'> | null)[],
  ): Promise<void> {
    return this.carryOut(this.monitor.check(nowNs, samples));
  }

  /** Every holding joint changes to its next mode now. */
  end(): Promise<void> {
    return this.carryOut(this.monitor.endAll());
  }

  status(nowNs: number): readonly HeldJointState[] {
    return this.monitor.status(nowNs);
  }

  private carryOut(actions: readonly HoldAction[]): Promise<void> {
    if (actions.length > 0) this.working = this.working.then(() => this.run(actions));
    return this.working;
  }

  private async run(actions: readonly HoldAction[]): Promise<void> {
    const modes = new Set(actions.flatMap((action) => (action.kind === 'change' ? [action.mode] : [])));
    for (const mode of modes) {
      const changed = actions.filter((action) => action.kind === 'change');
      await this.change(
        changed.filter((action) => action.mode === mode),
        mode,
      );
    }
    for (const action of actions) if (action.kind === 'restore-limit') await this.restoreLimit(action);
  }

  /** All joints with the same next mode at once. */
  private async change(actions: readonly Extract<HoldAction, { kind: 'change' }>[], mode: StopMode): Promise<void> {
    const { bus, robot, plan, onMessage } = this.options;
    const servos = actions.map(({ index }) => robot.servoBus!.servos[index]!);
    const joints = actions.map(({ index }) => ({ ...plan.joints[index]!, mode }));
    const report = await stopServos(bus, { name: robot.name, servoBus: { servos } }, { ...plan, joints });
    for (const [i, { joint, detail }] of report.joints.entries()) {
      const why = actions[i]!.reason === 'time' ? 'hold time is over' : 'too hot to hold';
      onMessage(`${robot.name}: ${joint}: ${why}; ${mode}${detail === null ? '' : `, not confirmed: ${detail}`}`);
    }
  }

  private async restoreLimit({ index, fullLimit }: Extract<HoldAction, { kind: 'restore-limit' }>): Promise<void> {
    const { bus, robot, plan, onMessage } = this.options;
    const { id } = robot.servoBus!.servos[index]!;
    const { register } = bus.protocol.torqueLimit;
    await bus.write(id, register, fullLimit, { ignoreFaults: true }).catch(() => undefined);
    const { joint } = plan.joints[index]!;
    onMessage(`${robot.name}: ${joint} moved away from where it was stopped; it holds with its full torque limit`);
  }
}
