import type { StopMode } from '../../../src/robot/robot-spec.ts';
import type { DriveKind, Evidence } from './evidence.ts';

/** A joint that stopped stays within a range of this size, rad: one that sinks 0.05 rad gets its torque limit back. */
const MAX_MOTION_RAD = 0.08;
/** The same for the goal of a servo, 4096 steps a turn. */
const MAX_MOTION_STEPS = Math.round((MAX_MOTION_RAD * 4096) / (2 * Math.PI));

export interface StopQuestion {
  readonly eventNs: number;
  /** From the event until every joint is in its stop mode, s; Infinity: not judged. */
  readonly boundS: number;
  readonly mode: StopMode;
  /** false: the device has no stop modes or cannot reach this one: joints must stand still. */
  readonly judgesMode: boolean;
  /** false: the motor is too weak to keep the joint where it stopped. */
  readonly judgesMotion: boolean;
  /** Joints that cannot obey: a dead servo. */
  readonly exempt: readonly number[];
  /** Whether a goal must be written after the event: a joint in mode hold gets its present position. */
  readonly requiresHoldGoal: boolean;
}

export interface StopVerdict {
  /** From the event to the stop mode of each joint, s; NaN: never reached. */
  readonly safeAfterS: readonly number[];
  /** From the event to the last joint, s. */
  readonly lastSafeS: number;
  /** Bytes sent to the device from the event to its end. */
  readonly bytes: number;
  readonly problems: readonly string[];
}

/** A servo that holds is driven by its position loop; a board reports that it holds. */
function driveOf(mode: StopMode, { protocol }: Evidence): DriveKind {
  if (mode !== 'hold') return mode;
  return protocol === 'bridge' ? 'hold' : 'effort';
}

const NS = 1e9;

/** Judges one stop by what the device reports. Pure. */
export function judgeStop(evidence: Evidence, question: StopQuestion): StopVerdict {
  const { eventNs, boundS, exempt } = question;
  const problems: string[] = [];
  const late: string[] = [];
  const safeAfterS = evidence.joints.map((name, joint) => {
    if (exempt.includes(joint)) return 0;
    const judged = new JointJudge(evidence, question, joint);
    problems.push(...judged.problems.map((problem) => `${name}: ${problem}`));
    if (judged.safeAfterS > boundS) late.push(`${name} (${judged.times})`);
    return judged.safeAfterS;
  });
  const lastSafeS = Math.max(...safeAfterS);
  if (late.length > 0) problems.push(`safe after ${ms(lastSafeS)}, allowed ${ms(boundS)}: ${late.join(', ')}`);
  const bytes = evidence.requests.filter(({ atNs }) => atNs >= eventNs).reduce((sum, { bytes: n }) => sum + n, 0);
  return { safeAfterS, lastSafeS, bytes, problems };
}

/** Seconds as milliseconds for messages. */
function ms(seconds: number): string {
  return `${Math.round(1000 * seconds)} ms`;
}

/** When and whether one joint reached its stop mode, and what it did afterwards. */
class JointJudge {
  readonly problems: string[] = [];
  readonly safeAfterS: number;
  /** What it waited for. */
  readonly times: string;
  private readonly evidence: Evidence;
  private readonly question: StopQuestion;
  private readonly joint: number;

  constructor(evidence: Evidence, question: StopQuestion, joint: number) {
    this.evidence = evidence;
    this.question = question;
    this.joint = joint;
    const { mode, judgesMode, eventNs } = question;
    // A board ignores commands when it has stopped: its drives show whether it did.
    const byDrive = judgesMode && (mode !== 'hold' || evidence.protocol === 'bridge');
    const modeNs = judgesMode ? this.modeNs() : eventNs;
    const goalNs = this.lastGoalChangeNs();
    const judgesMotion = question.judgesMotion && !(judgesMode && mode !== 'hold');
    const stillNs = judgesMotion ? this.stillNs() : eventNs;
    const safeNs = Math.max(eventNs, modeNs, stillNs, byDrive ? eventNs : goalNs);
    this.safeAfterS = (safeNs - eventNs) / NS;
    const after = (atNs: number): string => ms(Math.max(0, atNs - eventNs) / NS);
    this.times = `mode after ${after(modeNs)}, last goal ${after(goalNs)}, still ${after(stillNs)}`;
    if (byDrive && evidence.protocol !== 'bridge' && goalNs > modeNs)
      this.problems.push(`a goal was written ${ms((goalNs - modeNs) / NS)} after ${mode}`);
    if (judgesMode && question.requiresHoldGoal) this.checkHoldGoal();
  }

  /** Since when the joint has been driven as its stop mode says, to the end of the evidence. */
  private modeNs(): number {
    const { drives } = this.evidence;
    const { mode } = this.question;
    let since = NaN;
    for (const { atNs, kinds } of drives ?? []) {
      const fits = kinds[this.joint]! === driveOf(mode, this.evidence);
      if (!fits) since = NaN;
      else if (Number.isNaN(since)) since = atNs;
    }
    if (!Number.isNaN(since)) return since;
    const last = drives?.at(-1)?.kinds[this.joint] ?? 'unknown';
    this.problems.push(`ends with ${last} instead of ${mode}`);
    return NaN;
  }

  /** The last change of the goal; beyond the bound one is allowed that holds a joint again which has sunk meanwhile. */
  private lastGoalChangeNs(): number {
    const { goals, protocol } = this.evidence;
    const { eventNs, boundS } = this.question;
    const range = protocol === 'feetech' || protocol === 'dynamixel' ? MAX_MOTION_STEPS : 0;
    let held: number | null = null;
    let changedNs = -Infinity;
    for (const { atNs, joint, value } of goals) {
      if (joint !== this.joint || value === held) continue;
      const isHoldAgain = held !== null && atNs > eventNs + boundS * NS && Math.abs(value - held) <= range;
      if (isHoldAgain) continue;
      held = value;
      changedNs = atNs;
    }
    return changedNs;
  }

  /** Since when the joint has stayed in a range of MAX_MOTION_RAD, to the end of the evidence. */
  private stillNs(): number {
    const { positions } = this.evidence;
    let [least, most] = [Infinity, -Infinity];
    for (const { atNs, values } of positions.toReversed()) {
      const value = values[this.joint]!;
      least = Math.min(least, value);
      most = Math.max(most, value);
      if (atNs < this.question.eventNs || most - least > MAX_MOTION_RAD) return atNs;
    }
    return this.question.eventNs;
  }

  private checkHoldGoal(): void {
    const { eventNs, boundS, mode } = this.question;
    if (mode !== 'hold') return;
    const { goals, ownTimeouts } = this.evidence;
    const mine = (value: { readonly joint: number }): boolean => value.joint === this.joint;
    if (goals.some((goal) => mine(goal) && goal.atNs >= eventNs)) return;
    const timeout = ownTimeouts.filter((set) => mine(set) && set.atNs <= eventNs).at(-1)?.value ?? 0;
    if (timeout > 0 && timeout <= boundS) return;
    this.problems.push('keeps the goal of the policy: no goal was written after the event');
  }
}
