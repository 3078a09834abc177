import { NS_PER_S, type Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { isStopConfirmed, stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import type { ServoSample } from '../../servo/index.ts';
import {
  HoldSupervisor,
  LoadTracker,
  readStopStates,
  stateAhead,
  stopPackets,
  stopServos,
  type HeldJointState,
  type ServoStopState,
} from '../../servo/stop/index.ts';
import type { WatchdogProcess } from '../watchdog/index.ts';
import type { ArmedServos } from './arm-servos.ts';
import type { VerifiedServos } from './connect-and-verify.ts';

export interface SessionStopOptions {
  readonly servos: Pick<VerifiedServos, 'bus' | 'robot' | 'maps'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How the robot is stopped when this process dies. */
  readonly plan: StopPlan;
  /** The newest samples in joint order; null for a servo without one. */
  readonly samples: () => readonly (ServoSample | null)[];
  readonly watchdog: () => WatchdogProcess | null;
  /** Without a command, s: the watchdog process then stops the robot. */
  readonly timeoutS: number;
}

/**
 * The stop of one open bus: prepares it with every reading while armed, so that it can be written at once, carries it out, and supervises
 * the joints that hold afterwards.
 */
export class SessionStop {
  private readonly options: SessionStopOptions;
  private readonly ids: readonly number[];
  private armed: ArmedServos | null = null;
  private loads: readonly LoadTracker[] = [];
  /** Of the last command, in steps; empty before it. */
  private goals: readonly number[] = [];
  private heartbeatNs = -Infinity;
  private supervisor: HoldSupervisor | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private confirmed = false;
  /** The servo that is cleared of an overload, or could not be, by index; null: none. */
  private recovering: number | null = null;
  /** The plan of joints that hold; null when none does. */
  private heldPlan: StopPlan | null = null;

  constructor(options: SessionStopOptions) {
    this.options = options;
    this.ids = (options.servos.robot.servoBus?.servos ?? []).map(({ id }) => id);
  }

  /** Nothing has been armed since a stop that every joint confirmed. */
  get isConfirmed(): boolean {
    return this.confirmed;
  }

  /** The joints that hold after a stop; empty when none does. */
  get held(): readonly HeldJointState[] {
    return this.supervisor?.isHolding === true ? this.supervisor.status(this.options.clock.nowNs()) : [];
  }

  /** Resolves when no stop is being carried out. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Another watchdog process was started: it supervises the joints that hold, if this process dies. */
  async superviseAgain(): Promise<void> {
    await this.running;
    if (this.heldPlan !== null) this.options.watchdog()?.disarmed(this.heldPlan);
  }

  onArmed(armed: ArmedServos): void {
    this.armed = armed;
    this.confirmed = false;
    this.recovering = null;
    this.supervisor = null;
    this.heldPlan = null;
    this.loads = armed.goals.map(() => new LoadTracker());
    this.options.watchdog()?.setPlan(this.options.plan);
    this.goals = [];
    this.heartbeat(null);
  }

  /** The servo with this index is cleared of an overload: a stop finds it without torque. */
  beginRecovery(index: number): void {
    this.recovering = index;
  }

  /** It is armed again at this goal, in steps. */
  endRecovery(goal: number): void {
    const { armed, recovering } = this;
    this.recovering = null;
    if (armed === null) return;
    this.armed = { ...armed, goals: armed.goals.map((before, i) => (i === recovering ? goal : before)) };
    this.loads = this.loads.map((load, i) => (i === recovering ? new LoadTracker() : load));
  }

  /** One servo may have been left between torque off and armed: what it does is known only from itself. */
  get isPartial(): boolean {
    return this.recovering !== null;
  }

  /** Call with every reading. `goals`: in effect when it was measured, null while disarmed. */
  onSamples(goals: readonly number[] | null, nowNs: number): void {
    const samples = this.options.samples();
    if (this.armed === null || goals === null) {
      void this.supervise(samples, nowNs);
      return;
    }
    const { maps } = this.options.servos;
    for (const [i, sample] of samples.entries()) {
      if (sample === null || i === this.recovering) continue;
      const { positionSteps, turnsPerS, load } = sample;
      const radOrMPerS = Math.abs(turnsPerS * maps[i]!.perTurn);
      this.loads[i]!.update({ positionSteps, goalSteps: goals[i]!, radOrMPerS, load }, nowNs);
    }
  }

  /** The command with these goals was sent (null: none): the watchdog process receives the packets that would stop the robot now. */
  heartbeat(goals: readonly number[] | null): void {
    if (goals !== null) this.goals = goals;
    this.heartbeatNs = this.options.clock.nowNs();
    const watchdog = this.options.watchdog();
    const states = this.armedStates();
    if (watchdog === null || states === null) return;
    this.sendPackets(watchdog, this.options.plan, states);
  }

  /** Carries out the plan; at once where the robot is armed, and otherwise with what the servos report. Never rejects. */
  stop(plan: StopPlan): Promise<StopReport> {
    // After a pause of this process joints have moved on, and the watchdog process has written goals: they must not go back.
    const states = this.hasPaused() && holdsAny(plan) ? null : this.armedStates();
    this.armed = null;
    this.supervisor = null;
    if (states !== null) this.announce(plan, states);
    const stopping = this.carryOut(plan, states).catch((error: unknown) => stopReport(plan, String(error)));
    this.running = Promise.all([this.running, stopping]);
    return stopping;
  }

  /** The daemon may die before the stop is confirmed: the watchdog process then carries out the same plan. */
  private announce(plan: StopPlan, states: readonly ServoStopState[]): void {
    const watchdog = this.options.watchdog();
    if (watchdog === null) return;
    watchdog.setPlan(plan);
    this.sendPackets(watchdog, plan, states);
  }

  /** A joint that moves and holds after a timeout has moved on by then: it must not go back to where it was measured. */
  private sendPackets(watchdog: WatchdogProcess, plan: StopPlan, states: readonly ServoStopState[]): void {
    const packetsOf = (given: readonly ServoStopState[]): readonly Uint8Array[] =>
      stopPackets(this.options.servos.bus.protocol, plan, this.ids, given);
    const later = this.statesAfterTimeout(states);
    const differs = holdsAny(plan) && later.some((state, i) => state !== states[i]);
    if (differs) watchdog.heartbeat(packetsOf(states), packetsOf(later));
    else watchdog.heartbeat(packetsOf(states));
  }

  /** No heartbeat for longer than the timeout: the watchdog process has stopped the robot. */
  private hasPaused(): boolean {
    return this.options.clock.nowNs() - this.heartbeatNs > this.options.timeoutS * NS_PER_S;
  }

  private statesAfterTimeout(states: readonly ServoStopState[]): readonly ServoStopState[] {
    const { stepsPerTurn } = this.options.servos.bus.protocol;
    const samples = this.options.samples();
    return states.map((state, i) => {
      const goalSteps = this.goals[i];
      const sample = samples[i] ?? null;
      if (goalSteps === undefined || sample === null) return state;
      return stateAhead(state, { goalSteps, stepsPerS: sample.turnsPerS * stepsPerTurn }, this.options.timeoutS);
    });
  }

  private async carryOut(plan: StopPlan, known: readonly ServoStopState[] | null): Promise<StopReport> {
    const { servos, clock, logger, watchdog } = this.options;
    const { bus, robot } = servos;
    const sinceNs = clock.nowNs();
    const reading = known ?? readStopStates(bus, robot).catch(() => robot.joints.map(() => null));
    const states = await reading;
    const report = this.withoutTorque(await stopServos(bus, robot, plan, states), states);
    // Armed again meanwhile: not by this driver, which waits for the stop.
    if (this.armed !== null) return report;
    const onMessage = (message: string): void => {
      logger.warning(message);
      if (this.supervisor?.isHolding !== false) return;
      this.heldPlan = null;
      watchdog()?.disarmed(null);
    };
    const supervisor = new HoldSupervisor({ bus, robot, plan, states, sinceNs, onMessage });
    this.supervisor = supervisor.isHolding ? supervisor : null;
    this.heldPlan = supervisor.isHolding ? plan : null;
    this.confirmed = isStopConfirmed(report);
    // Without a confirmation of every joint it writes the stop once more.
    if (this.confirmed) watchdog()?.disarmed(this.heldPlan);
    return report;
  }

  /** A servo whose overload was not cleared does not hold: a stop leaves it without torque. */
  private withoutTorque(report: StopReport, states: readonly (ServoStopState | null)[]): StopReport {
    const joints = report.joints.map((joint, i) => {
      if (i !== this.recovering || joint.mode !== 'hold' || states[i]?.torque === 'on') return joint;
      return {
        ...joint,
        confirmed: false,
        detail: `servo ${this.ids[i]!} has no torque: its overload was not cleared`,
      };
    });
    return { ...report, joints };
  }

  private async supervise(samples: readonly (ServoSample | null)[], nowNs: number): Promise<void> {
    await this.supervisor?.check(nowNs, samples);
  }

  /** What the newest reading says about each servo of an armed robot; null while disarmed. */
  private armedStates(): readonly ServoStopState[] | null {
    const { armed } = this;
    if (armed === null) return null;
    const { maps, bus } = this.options.servos;
    const samples = this.options.samples();
    return armed.goals.map((goal, i) => {
      const { minimumSteps, maximumSteps, perTurn } = maps[i]!;
      return {
        torque: i === this.recovering ? 'off' : 'on',
        positionSteps: samples[i]?.positionSteps ?? goal,
        offsetSteps: this.loads[i]!.offsetSteps,
        load: this.loads[i]!.load,
        minimumSteps,
        maximumSteps,
        fullLimit: armed.fullLimits[i]!,
        radOrMPerStep: Math.abs(perTurn) / bus.protocol.stepsPerTurn,
      };
    });
  }
}

function holdsAny({ joints }: StopPlan): boolean {
  return joints.some(({ mode }) => mode === 'hold');
}
