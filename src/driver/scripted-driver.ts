import type { Observable } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import type { Applied } from '../robot/command.ts';
import { checkReading, type Reading, type ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../robot/stop-plan.ts';
import { throwIfResetAborted } from './next-reading.ts';
import type { Driver, DriverEvent, Resetter, SafeCommand, WorldSnapshots } from './port.ts';
import { ReadingStream } from './reading-stream.ts';

/** State of the scripted joints. */
interface ScriptedState {
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
}

/** A script's response to a command: values of the next reading, a fault instead of it, or no reading. */
export type ScriptedAnswer =
  Partial<Pick<Reading, 'positions' | 'velocities' | 'efforts' | 'sensors'>> | SoftqdError | 'none';

export interface ScriptedDriverOptions {
  readonly spec: RobotSpec;
  readonly clock: Clock;
  /** true: every command causes one reading, in a microtask. false: `push` emits readings. */
  readonly lockStep?: boolean;
  /** Called for each command; `{}` leaves the reading unchanged. */
  readonly script?: (commandIndex: number, targets: Float64Array, state: ScriptedState) => ScriptedAnswer;
}

const MAX_RECORDED = 10_000;

/**
 * A driver without another process: its joints follow commands (a position is reached within the period, a velocity is held for it, an
 * effort moves a unit mass or inertia), unless a script changes the reading. Records applied commands.
 */
export class ScriptedDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly resetter: Resetter = { reset: (state, signal) => this.reset(state, signal) };
  readonly world: WorldSnapshots = { save: () => this.save(), load: (state) => this.load(state) };
  /** The newest commands applied, oldest first, 10,000 at most. */
  readonly applied: Applied[] = [];
  /** Reasons of every disarm, oldest first, 10,000 at most. */
  readonly disarmReasons: string[] = [];
  armed = false;
  private readonly clock: Clock;
  private readonly lockStep: boolean;
  private readonly script: NonNullable<ScriptedDriverOptions['script']>;
  private readonly stream = new ReadingStream();
  private readonly positions: Float64Array;
  private readonly velocities: Float64Array;
  private readonly efforts: Float64Array;
  private sequence = 0;
  private commands = 0;

  constructor({ spec, clock, lockStep = true, script = () => ({}) }: ScriptedDriverOptions) {
    const joints = spec.joints.length;
    this.spec = spec;
    this.clock = clock;
    this.lockStep = lockStep;
    this.script = script;
    this.readings$ = this.stream.readings$;
    this.positions = new Float64Array(joints);
    this.velocities = new Float64Array(joints);
    this.efforts = new Float64Array(joints);
  }

  apply(command: SafeCommand): Applied {
    this.throwIfDisconnected();
    const applied: Applied = { sequence: command.sequence, targets: command.targets.slice() };
    remember(this.applied, applied);
    this.move(applied.targets);
    const state = { positions: this.positions.slice(), velocities: this.velocities.slice() };
    const answer = this.script(this.commands++, applied.targets, state);
    if (this.lockStep) queueMicrotask(() => this.answer(answer));
    return applied;
  }

  /** Emits a reading (real time). */
  push(answer: ScriptedAnswer = {}): void {
    this.answer(answer);
  }

  /** Loses the connection permanently. */
  lose(error = new SoftqdError('E_SIMULATOR_LOST', `${this.spec.name}: end of script`)): void {
    this.stream.fail(error);
  }

  async arm(): Promise<void> {
    await Promise.resolve();
    this.throwIfDisconnected();
    this.armed = true;
  }

  disarm(plan: StopPlan, reason: string): Promise<StopReport> {
    this.armed = false;
    remember(this.disarmReasons, reason);
    return Promise.resolve(stopReport(plan, null));
  }

  close(): Promise<void> {
    this.stream.complete();
    return Promise.resolve();
  }

  private async reset({ qpos, qvel }: ResetState, signal?: AbortSignal): Promise<Reading> {
    await Promise.resolve();
    throwIfResetAborted(signal);
    this.throwIfDisconnected();
    this.positions.set(qpos);
    this.velocities.set(qvel);
    this.efforts.fill(0);
    return this.reading({});
  }

  private async save(): Promise<Uint8Array> {
    await Promise.resolve();
    this.throwIfDisconnected();
    const values = Float64Array.of(this.sequence, ...this.positions, ...this.velocities, ...this.efforts);
    return new Uint8Array(values.buffer);
  }

  private async load(state: Uint8Array): Promise<Reading> {
    await Promise.resolve();
    this.throwIfDisconnected();
    const joints = this.spec.joints.length;
    if (state.length !== 8 * (1 + 3 * joints))
      throw new SoftqdError('E_SIMULATOR', 'not a saved state of the scripted driver');
    const values = new Float64Array(state.slice().buffer);
    this.sequence = values[0]! - 1;
    this.positions.set(values.subarray(1, 1 + joints));
    this.velocities.set(values.subarray(1 + joints, 1 + 2 * joints));
    this.efforts.set(values.subarray(1 + 2 * joints));
    return this.reading({});
  }

  private move(targets: Float64Array): void {
    const periodS = this.spec.controlPeriodS;
    this.spec.joints.forEach(({ commandMode }, i) => {
      const target = targets[i]!;
      const before = this.positions[i]!;
      if (commandMode === 'position') {
        this.velocities[i] = (target - before) / periodS;
        this.positions[i] = target;
        return;
      }
      this.efforts[i] = commandMode === 'effort' ? target : 0;
      this.velocities[i] = commandMode === 'effort' ? this.velocities[i]! + target * periodS : target;
      this.positions[i] = before + this.velocities[i] * periodS;
    });
  }

  private answer(answer: ScriptedAnswer): void {
    if (answer === 'none' || this.stream.closed) return;
    if (answer instanceof SoftqdError) {
      this.stream.emitFault(answer);
      return;
    }
    const reading = this.reading(answer);
    try {
      checkReading(reading, this.spec);
    } catch (error) {
      this.stream.emitFault(error);
      return;
    }
    this.stream.push(reading);
  }

  private reading(answer: Exclude<ScriptedAnswer, SoftqdError | 'none'>): Reading {
    this.sequence++;
    const nowNs = this.clock.nowNs();
    return {
      sequence: this.sequence,
      arrivalNs: nowNs,
      deviceTimeS: nowNs / 1e9,
      positions: this.positions.slice(),
      velocities: this.velocities.slice(),
      efforts: this.efforts.slice(),
      sensors: new Map(this.spec.sensors.map(({ name, size }) => [name, new Float64Array(size)])),
      ...answer,
    };
  }

  private throwIfDisconnected(): void {
    if (this.stream.failure) throw this.stream.failure;
    if (this.stream.closed) throw new SoftqdError('E_SIMULATOR_LOST', `${this.spec.name}: closed`);
  }
}

function remember<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MAX_RECORDED) list.shift();
}
