import { NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { closestMatch } from '../../base/closest-match.ts';
import { GUARD_REASON } from '../../robot/reasons.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import type { StopResult } from '../../runs/stopping/index.ts';
import { JogSession, type JogPlan, type JogSessionOptions, type JogState } from './jog-session.ts';
import { MAX_CORRECTION_RAD_OR_M, type JogController, type JogSetpoint } from './setpoint.ts';
import { jogTolerance } from './tolerance.ts';

/** A single jog. Units of the joint. */
export type JogMove =
  | { readonly kind: 'by' | 'to'; readonly value: number }
  /** This effort for this time, for an effort-controlled joint. */
  | { readonly kind: 'effort'; readonly value: number; readonly seconds: number };

/**
 * Why a jog ended off its target. limit: a position limit is in the way; load: the load needs more than the largest correction; blocked: the
 * joint does not move; timeout: it did not settle in time; interrupted: a stop was requested.
 */
export type JogShortfall = 'limit' | 'load' | 'blocked' | 'timeout' | 'interrupted';

export interface JogResult {
  readonly joint: string;
  readonly from: number;
  /** As it was requested; null for an effort. */
  readonly to: number | null;
  /** After the stop. */
  readonly position: number;
  /** Whether the joint settled within `tolerance` of `to`. */
  readonly reached: boolean;
  readonly tolerance: number;
  /** `to` - position at the end of the move; null for an effort. */
  readonly error: number | null;
  /** Why it was not reached; null: it was. */
  readonly shortfall: JogShortfall | null;
  /** How often the guard clipped the command, by reason. */
  readonly clips: Readonly<Record<string, number>>;
}

/** A jog and the stop after it. */
export interface Jogged<T> {
  readonly result: T;
  readonly stop: StopResult;
}

export interface JogOptions extends JogSessionOptions {
  /** Called every tick. */
  readonly onState: (state: JogState) => void;
}

/** The default speed, rad/s or m/s. */
export const JOG_SPEED = 0.3;
/** In addition to the duration of the motion: start-up, deceleration and the correction of friction and load. */
const SETTLE_TIMEOUT_S = 5;
/** A joint within the tolerance for this time has reached its target. */
const SETTLED_S = 0.2;

/** The index of a joint by name. Throws E_USAGE with the available joints. */
export function jointIndex(robot: RobotSpec, name: string): number {
  const names = robot.joints.map((joint) => joint.name);
  const found = names.indexOf(name);
  if (found >= 0) return found;
  const closest = closestMatch(name, names);
  throw new SoftqdError('E_USAGE', `${robot.name} has no joint ${JSON.stringify(name)}; joints: ${names.join(', ')}`, {
    ...(closest === null ? {} : { hint: `Did you mean ${closest}?` }),
    values: { robot: robot.name, joint: name },
  });
}

/** The move, checked against what the joint can do. Throws E_USAGE. */
export function checkMove(joint: JointSpec, move: JogMove): JogMove {
  const { limits, name, commandMode } = joint;
  if ((move.kind === 'effort') !== (commandMode === 'effort')) {
    throw new SoftqdError(
      'E_USAGE',
      commandMode === 'effort'
        ? `${name} is effort-controlled; position moves are not supported`
        : `${name} is controlled by ${commandMode}, not by effort`,
      {
        hint: commandMode === 'effort' ? 'Pass --effort N --duration SECONDS.' : 'Pass --by or --to.',
        values: { joint: name },
      },
    );
  }
  const {
    minPositionRadOrM: low = -Infinity,
    maxPositionRadOrM: high = Infinity,
    maxEffortNmOrN: most = Infinity,
  } = limits;
  const fits =
    move.kind === 'effort'
      ? Math.abs(move.value) <= most
      : move.kind === 'by' || (move.value >= low && move.value <= high);
  if (fits) return move;
  const range = move.kind === 'effort' ? `-${most} to ${most}` : `${low} to ${high}`;
  throw new SoftqdError('E_USAGE', `${name}: ${move.value} is outside its limits ${range}`, {
    values: { joint: name },
  });
}

/**
 * One move, then the stop. null: a stop was requested before the robot was armed. Rejects when it cannot be armed; a fault that stopped it
 * is in `stop`.
 */
export async function jogToTarget(options: JogOptions, move: JogMove): Promise<Jogged<JogResult> | null> {
  const { driver, joint } = options;
  const started: MoveProgress[] = [];
  const session = new JogSession(options, (position) => {
    const progress = new MoveProgress(options, move, position);
    started.push(progress);
    return progress;
  });
  const stop = await session.run();
  const [progress] = started;
  if (stop === null || progress === undefined) return null;
  const { from, to, error, shortfall } = progress;
  const result = {
    joint: driver.spec.joints[joint]!.name,
    from,
    to,
    position: session.position,
    reached: shortfall === null,
    tolerance: jogTolerance(driver.spec, joint),
    error,
    shortfall,
    clips: Object.fromEntries(options.guard.clips),
  };
  return { result, stop };
}

/** Moves to setpoints that change from tick to tick, until `quit` or a request to stop. The result is the position of the joint. */
export async function jogInteractive(
  options: JogOptions,
  setpoint: JogPlan['setpoint'],
): Promise<Jogged<number> | null> {
  const onState = (state: JogState): boolean => {
    options.onState(state);
    return true;
  };
  const session = new JogSession(options, () => ({ setpoint, onState }));
  const stop = await session.run();
  return stop === null ? null : { result: session.position, stop };
}

/** One move from tick to tick: its setpoint, whether it is over and how it ended. */
class MoveProgress implements JogPlan {
  readonly from: number;
  /** null for an effort. */
  readonly to: number | null;
  error: number | null = null;
  shortfall: JogShortfall | null = 'interrupted';
  private readonly options: JogOptions;
  private readonly goal: JogSetpoint;
  private readonly tolerance: number;
  private readonly untilNs: number;
  private settledSinceNs: number | null = null;

  constructor(options: JogOptions, move: JogMove, position: number) {
    const { driver, joint, clock, speed } = options;
    this.options = options;
    this.from = position;
    this.to = move.kind === 'effort' ? null : move.kind === 'to' ? move.value : position + move.value;
    this.tolerance = jogTolerance(driver.spec, joint);
    this.goal =
      this.to === null
        ? { kind: 'effort', value: move.value }
        : { kind: 'position', value: withinLimits(driver.spec.joints[joint]!, this.to) };
    const moveS =
      move.kind === 'effort' ? move.seconds : Math.abs(this.goal.value - position) / speed + SETTLE_TIMEOUT_S;
    this.untilNs = clock.nowNs() + moveS * NS_PER_S;
  }

  readonly setpoint = (): JogSetpoint => this.goal;

  readonly onState = (state: JogState, controller: JogController): boolean => {
    const { clock, onState } = this.options;
    onState(state);
    const nowNs = clock.nowNs();
    if (this.to === null) {
      if (nowNs >= this.untilNs) this.shortfall = null;
      return nowNs < this.untilNs;
    }
    this.error = this.to - state.position;
    const isNear = controller.hasArrived && Math.abs(this.goal.value - state.position) <= this.tolerance;
    this.settledSinceNs = isNear ? (this.settledSinceNs ?? nowNs) : null;
    const isSettled = this.settledSinceNs !== null && nowNs - this.settledSinceNs >= SETTLED_S * NS_PER_S;
    if (!isSettled && nowNs < this.untilNs) return true;
    this.shortfall = this.shortfallAtEnd({ to: this.to, isSettled, reasonCodes: state.reasonCodes }, controller);
    return false;
  };

  private shortfallAtEnd(
    end: { readonly to: number; readonly isSettled: boolean; readonly reasonCodes: readonly number[] },
    { saturation }: JogController,
  ): JogShortfall | null {
    if (this.goal.value !== end.to || saturation === 'limit') return 'limit';
    if (end.isSettled) return null;
    if (end.reasonCodes.includes(GUARD_REASON.workspaceLimit)) return 'limit';
    if (saturation === null) return 'timeout';
    return Math.abs(this.error ?? Infinity) > MAX_CORRECTION_RAD_OR_M ? 'blocked' : 'load';
  }
}

function withinLimits({ limits }: JointSpec, position: number): number {
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = limits;
  return Math.max(low, Math.min(high, position));
}
