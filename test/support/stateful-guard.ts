import type { SoftqdError } from '../../src/base/errors.ts';
import type { Command } from '../../src/robot/command.ts';
import type { Reading } from '../../src/robot/reading.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import {
  createGuard,
  type Guard,
  type GuardMemory,
  type GuardOptions,
  type SafeCommand,
  type SafetyState,
  type SavedGuard,
} from '../../src/safety/index.ts';

/** A guard with its state, as a control loop keeps it between ticks. */
export class StatefulGuard {
  private readonly guard: Guard;
  private readonly periodNs: number;
  private memory: GuardMemory;
  private nowNs = 0;

  constructor(robot: RobotSpec, options: GuardOptions) {
    this.guard = createGuard(robot, options);
    this.memory = this.guard.initialMemory;
    this.periodNs = options.controlPeriodS * 1e9;
  }

  get state(): SafetyState {
    return this.guard.state;
  }
  get reason(): SoftqdError | null {
    return this.guard.reason;
  }
  get clips(): ReadonlyMap<string, number> {
    return this.guard.clips;
  }

  arm(reading: Reading): void {
    this.memory = this.guard.arm(this.memory, reading);
  }
  stop(reason: SoftqdError | null): void {
    this.guard.stop(reason);
  }
  disarm(): void {
    this.guard.disarm();
  }
  fault(error: SoftqdError): void {
    this.guard.fault(error);
  }
  beginEpisode(reading: Reading): void {
    this.memory = this.guard.beginEpisode(this.memory, reading);
  }
  check(command: Command, reading: Reading, nowNs: number): SafeCommand {
    const { safeCommand, memory } = this.guard.check(this.memory, { command, reading, nowNs });
    this.memory = memory;
    return safeCommand;
  }
  /** The same one control period after the check before; `nowNs` counts from the time of this check. */
  checkNext(command: Command, reading: Reading, nowNs = 0): SafeCommand {
    this.nowNs += this.periodNs;
    const arrivalNs = reading.arrivalNs + this.nowNs;
    return this.check(command, { ...reading, arrivalNs }, nowNs + this.nowNs);
  }
  get isAtRest(): boolean {
    return this.guard.isAtRest(this.memory);
  }
  save(): SavedGuard {
    return this.guard.save(this.memory);
  }
  restore(saved: SavedGuard): void {
    this.memory = this.guard.restore(saved);
  }
}
