import { statedRangeSteps } from '../../../src/robot/calibration-range.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import type { CalibrateEvent } from '../../../src/commissioning/index.ts';
import { eventually, type VirtualArm } from '../../support/virtual-arm.ts';

type Question = Extract<CalibrateEvent, { event: 'prompt' }>;

/** An operator that follows each prompt: moves the arm, then presses Enter. */
export class ScriptedOperator {
  readonly events: CalibrateEvent[] = [];
  readonly notes: string[] = [];
  readonly questions: Question[] = [];
  private readonly answer: (question: Question, operator: ScriptedOperator) => Promise<void>;

  constructor(answer: (question: Question, operator: ScriptedOperator) => Promise<void>) {
    this.answer = answer;
  }

  emit(event: CalibrateEvent): void {
    this.events.push(event);
  }

  info(text: string): void {
    this.notes.push(text);
  }

  async waitForEnter(question: { step: string; text: string }, signal: AbortSignal): Promise<void> {
    const prompt: Question = { event: 'prompt', ...question };
    this.questions.push(prompt);
    await this.answer(prompt, this);
    signal.throwIfAborted();
  }

  /** The newest rows of the live table. */
  get rows(): Extract<CalibrateEvent, { event: 'range' }>['joints'] {
    return this.events.findLast((event) => event.event === 'range')?.joints ?? [];
  }
}

/** Moves every joint to its middle by hand, once torque is off. */
export async function moveToMiddle(arm: VirtualArm): Promise<void> {
  arm.hold(0.5);
  await eventually(() => arm.mechanics.torqueOff.every(Boolean) && arm.isHeld(), 'the arm is in its middle');
}

/** Moves every joint to a fraction of its range and waits until the live table shows it. */
export async function moveTo(arm: VirtualArm, operator: ScriptedOperator, fraction: number): Promise<void> {
  arm.hold(fraction);
  const expected = arm.robot.joints.map(({ limits }, i) => {
    const { direction, travelPerTurnRadOrM } = arm.robot.servoBus!.servos[i]!;
    return (
      (direction * (fraction - 0.5) * (limits.maxPositionRadOrM! - limits.minPositionRadOrM!) * 4096) /
      travelPerTurnRadOrM
    );
  });
  await eventually(
    () =>
      operator.rows.length > 0 && operator.rows.every((row, i) => Math.abs(row.presentSteps - 2048 - expected[i]!) < 4),
    `the table shows the joints at ${fraction}`,
  );
}

/** A range of 90 % of the robot file's, around 2048. */
export function plausibleRange(robot: RobotSpec, joint: number): { minimumSteps: number; maximumSteps: number } {
  const half = Math.round(0.45 * statedRangeSteps(robot, joint)!);
  return { minimumSteps: 2048 - half, maximumSteps: 2048 + half };
}
