import { NS_PER_S } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { closestMatch } from '../../base/closest-match.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import type { JogSetpoint } from './setpoint.ts';
import { JogSession, type JogSessionOptions, type JogState } from './jog-session.ts';

/** What a one-shot jog shall do. Units of the joint. */
export type JogMove =
  | { readonly kind: 'by' | 'to'; readonly value: number }
  /** A push of this effort for so long, for a joint that is driven by effort. */
  | { readonly kind: 'effort'; readonly value: number; readonly seconds: number };

export interface JogResult {
  readonly joint: string;
  readonly from: number;
  /** null for a push. */
  readonly to: number | null;
  readonly position: number;
  readonly reached: boolean;
  /** How often the guard altered the command, by reason. */
  readonly clips: Readonly<Record<string, number>>;
}

export interface JogOptions extends JogSessionOptions {
  /** Called every tick. */
  readonly onState: (state: JogState) => void;
}

/** rad/s or m/s when none is given. */
export const JOG_SPEED = 0.3;
/** Nearer than this counts as there: a servo of low gain leaves about two degrees to friction and load. */
const POSITION_TOLERANCE = 0.05;
/** Beyond the time that the way takes. */
const SETTLE_TIMEOUT_S = 2;

/** The index of a joint by name. Throws E_USAGE naming the joints there are. */
export function jointIndex(robot: RobotSpec, name: string): number {
  const names = robot.joints.map((joint) => joint.name);
  const found = names.indexOf(name);
  if (found >= 0) return found;
  const near = closestMatch(name, names);
  throw new SoftqdError('E_USAGE', `${robot.name} has no joint ${JSON.stringify(name)}; joints: ${names.join(', ')}`, {
    ...(near === null ? {} : { hint: `Did you mean ${near}?` }),
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
        : `${name} is driven by ${commandMode}, not by effort`,
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

/** One move, then the stop. Throws why the robot stopped by itself; an abort ends it early. */
export async function jogToTarget(options: JogOptions, move: JogMove): Promise<JogResult> {
  const jogger = new JogSession(options);
  return withArmedGuard(jogger, async () => {
    const { clock, speed } = options;
    const from = jogger.position;
    const aim = setpointOf(options, move, from);
    const seconds = move.kind === 'effort' ? move.seconds : Math.abs(aim.value - from) / speed + SETTLE_TIMEOUT_S;
    const untilNs = clock.nowNs() + seconds * NS_PER_S;
    let settled = 0;
    const reachedNow = ({ position, velocity }: JogState): boolean =>
      move.kind !== 'effort' &&
      Math.abs(position - aim.value) < POSITION_TOLERANCE &&
      Math.abs(velocity) < Math.max(0.05, speed / 4);
    await jogger.run(
      () => aim,
      (state) => {
        options.onState(state);
        settled = reachedNow(state) ? settled + 1 : 0;
        return settled < 3 && clock.nowNs() < untilNs;
      },
    );
    return {
      joint: options.driver.spec.joints[options.joint]!.name,
      from,
      to: move.kind === 'effort' ? null : aim.value,
      position: jogger.position,
      reached: move.kind === 'effort' || settled >= 3,
      clips: Object.fromEntries(options.guard.clips),
    };
  });
}

/** Moves as a person says from moment to moment, until the signal is aborted. Resolves with where the joint stands then. */
export async function jogInteractive(
  options: JogOptions,
  aim: (position: number) => JogSetpoint | null,
): Promise<number> {
  const jogger = new JogSession(options);
  return withArmedGuard(jogger, async () => {
    await jogger.run(
      () => aim(jogger.position),
      (state) => {
        options.onState(state);
        return true;
      },
    );
    return jogger.position;
  });
}

async function withArmedGuard<T>(jogger: JogSession, work: () => Promise<T>): Promise<T> {
  let failure: SoftqdError | null = null;
  try {
    await jogger.arm();
    return await work();
  } catch (thrown) {
    failure = toSoftqdError(thrown);
    throw failure;
  } finally {
    await jogger.stop(failure);
  }
}

function setpointOf({ driver, joint }: JogOptions, move: JogMove, from: number): JogSetpoint {
  if (move.kind === 'effort') return { kind: 'effort', value: move.value };
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = driver.spec.joints[joint]!.limits;
  const to = move.kind === 'to' ? move.value : from + move.value;
  return { kind: 'position', value: Math.max(low, Math.min(high, to)) };
}
