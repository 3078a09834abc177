import type { Clock } from '../../base/clock.ts';
import { CommandTimeout } from './command-timeout.ts';

export interface ArmedStateOptions {
  readonly clock: Clock;
  readonly commandTimeoutMs: number;
  readonly onTimeout: () => void;
}

/** Whether the servos are armed, the goals sent last, and the command timeout that runs while they are armed. */
export class ArmedState {
  readonly commandTimeout: CommandTimeout;
  private armed = false;
  private lastGoals: readonly number[] | null = null;

  constructor({ clock, commandTimeoutMs, onTimeout }: ArmedStateOptions) {
    this.commandTimeout = new CommandTimeout({ clock, timeoutMs: commandTimeoutMs, onTimeout });
  }

  get isArmed(): boolean {
    return this.armed;
  }

  /** The goals that the servos received last, in steps; null while disarmed. */
  get goals(): readonly number[] | null {
    return this.lastGoals;
  }

  /** Armed at these goals. */
  set(goals: readonly number[]): void {
    this.lastGoals = goals;
    this.armed = true;
    this.commandTimeout.start();
  }

  /** One servo was armed again at this goal. */
  setGoal(index: number, goal: number): void {
    this.lastGoals = this.lastGoals?.map((last, i) => (i === index ? goal : last)) ?? null;
  }

  goalsSent(goals: readonly number[], nowNs: number): void {
    this.lastGoals = goals;
    this.commandTimeout.commandSent(nowNs);
  }

  clear(): void {
    this.armed = false;
    this.lastGoals = null;
    this.commandTimeout.stop();
  }
}
