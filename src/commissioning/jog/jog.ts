import { NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { closestMatch } from '../../base/closest-match.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import type { JogSetpoint } from './setpoint.ts';
import { JogSession, type JogSessionOptions, type JogState } from './jog-session.ts';

/** A single jog. Units of the joint. */
export type JogMove =
  | { readonly kind: 'by' | 'to'; readonly value: number }
  /** This effort for this time, for an effort-controlled joint. */
  | { readonly kind: 'effort'; readonly value: number; readonly seconds: number };

export interface JogResult {
  readonly joint: string;
  readonly from: number;
  /** null for an effort. */
  readonly to: number | null;
  readonly position: number;
  readonly reached: boolean;
  /** How often the guard clipped the command, by reason. */
  readonly clips: Readonly<Record<string, number>>;
}

export interface JogOptions extends JogSessionOptions {
  /** Called every tick. */
  readonly onState: (state: JogState) => void;
}

/** The default speed, rad/s or m/s. */
export const JOG_SPEED = 0.3;
/** Maximum distance of a reached target: a servo with low gain has an error of about two degrees from friction and load. */
const POSITION_TOLERANCE = 0.05;
/** In addition to the duration of the motion. */
const SETTLE_TIMEOUT_S = 2;
/** Consecutive ticks at the target after which it counts as reached. */
const SETTLED_TICKS = 3;

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

/** One move, then the stop. Rejects with the fault that stopped the robot; an abort ends it early. */
export async function jogToTarget(options: JogOptions, move: JogMove): Promise<JogResult> {
  const { clock, speed } = options;
  let from = NaN;
  let to: number | null = null;
  let settledTicks = 0;
  const session = new JogSession(options, (position) => {
    const setpoint = setpointOf(options, move, position);
    from = position;
    to = move.kind === 'effort' ? null : setpoint.value;
    const seconds = move.kind === 'effort' ? move.seconds : Math.abs(setpoint.value - from) / speed + SETTLE_TIMEOUT_S;
    const untilNs = clock.nowNs() + seconds * NS_PER_S;
    return {
      setpoint: () => setpoint,
      onState: (state) => {
        options.onState(state);
        settledTicks = to !== null && isSettled(state, to, speed) ? settledTicks + 1 : 0;
        return settledTicks < SETTLED_TICKS && clock.nowNs() < untilNs;
      },
    };
  });
  await session.run();
  return {
    joint: options.driver.spec.joints[options.joint]!.name,
    from,
    to,
    position: session.position,
    reached: move.kind === 'effort' || settledTicks >= SETTLED_TICKS,
    clips: Object.fromEntries(options.guard.clips),
  };
}

/** Moves to setpoints that change from tick to tick, until the signal aborts. Resolves with the position of the joint. */
export async function jogInteractive(
  options: JogOptions,
  setpoint: (position: number) => JogSetpoint | null,
): Promise<number> {
  const onState = (state: JogState): boolean => {
    options.onState(state);
    return true;
  };
  const session = new JogSession(options, () => ({ setpoint, onState }));
  await session.run();
  return session.position;
}

function isSettled({ position, velocity }: JogState, to: number, speed: number): boolean {
  return Math.abs(position - to) < POSITION_TOLERANCE && Math.abs(velocity) < Math.max(0.05, speed / 4);
}

function setpointOf({ driver, joint }: JogOptions, move: JogMove, from: number): JogSetpoint {
  if (move.kind === 'effort') return { kind: 'effort', value: move.value };
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = driver.spec.joints[joint]!.limits;
  const to = move.kind === 'to' ? move.value : from + move.value;
  return { kind: 'position', value: Math.max(low, Math.min(high, to)) };
}
