import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { StopResult } from '../../runs/stopping/index.ts';
import { jogToTarget, type Jogged, type JogOptions, type JogResult } from '../jog/jog.ts';
import { readingWithin } from '../jog/reading-within.ts';
import { expectedMotion } from './expected-motion.ts';

export interface VerifyDirectionsOptions extends Pick<
  JogOptions,
  'driver' | 'guard' | 'clock' | 'periodS' | 'plan' | 'stops'
> {
  /** Asks a person whether the joint moved as it was described; null: only what the servos measure counts. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<boolean>) | null;
  /** Called before each motion, with what it should look like. */
  readonly onMotion: (joint: string, text: string) => void;
  readonly onVerified: (direction: VerifiedDirection) => void;
}

/** One joint whose direction was proven by a motion. rad or m. */
export interface VerifiedDirection {
  readonly joint: string;
  readonly commanded: number;
  readonly measured: number;
  /** Whether a person saw what was expected; null: no question was asked. */
  readonly seen: boolean | null;
}

/** How the robot was left; `stop.failure` is the reason why the directions are not proven. null: a stop was requested before a motion. */
export type VerifiedDirections = Pick<Jogged<unknown>, 'stop'> | null;

/** The motion of each joint: this, or this fraction of its range where that is less. */
const MOTION_RAD_OR_M = 0.1;
const MOTION_FRACTION = 0.05;
/** rad/s or m/s. */
const SPEED = 0.1;
/** A joint that moved less than this fraction of its command, or more than its reciprocal, did not follow it; another one that moved as much was moved. */
const MIN_FOLLOWED_FRACTION = 0.5;
const READING_TIMEOUT_S = 3;

/**
 * Proves the direction of each joint by one small, slow motion through the guard, one joint after the other, away from its nearer limit. The
 * measured motion must have the sign and size of the command, no other joint may move, and a person, where there is one, must have seen what was
 * expected. Ends at the first joint that fails, with E_CALIBRATION, and at a request to stop. The robot is left by `plan`. Rejects when it
 * cannot be armed.
 */
export async function verifyDirections(options: VerifyDirectionsOptions): Promise<VerifiedDirections> {
  let stop: StopResult | null = null;
  for (const index of options.driver.spec.joints.keys()) {
    const moved = await moveJoint(options, index);
    if (moved === null) return stop === null ? null : { stop };
    ({ stop } = moved);
    if (stop.failure !== null || options.stops.signal.aborted) return { stop };
    const failure = moved.problem ?? (await asPersonSaw(options, moved));
    if (failure !== null) return { stop: { ...stop, failure } };
  }
  return stop === null ? null : { stop };
}

interface MovedJoint extends Jogged<JogResult> {
  readonly commanded: number;
  readonly text: string;
  /** Why the measured motion does not prove the direction; null: it does. */
  readonly problem: SoftqdError | null;
}

/** One motion; in the other direction where a limit or the workspace is in the way. null: a stop was requested before it. */
async function moveJoint(options: VerifyDirectionsOptions, index: number): Promise<MovedJoint | null> {
  const { driver, clock, stops, onMotion } = options;
  const { spec } = driver;
  const before = (await readingWithin(driver, clock, READING_TIMEOUT_S)).positions;
  const preferred = motionOf(spec, index, before[index]!);
  for (const commanded of [preferred, -preferred]) {
    if (isAborted(stops.signal)) return null;
    const text = expectedMotion(spec, index, { positions: before, by: commanded });
    onMotion(spec.joints[index]!.name, text);
    const jogged = await jogToTarget(
      { ...options, joint: index, speed: SPEED, onState: () => undefined },
      { kind: 'by', value: commanded },
    );
    if (jogged === null) return null;
    if (jogged.result.shortfall === 'limit' && commanded === preferred && jogged.stop.failure === null) continue;
    if (jogged.stop.failure !== null || isAborted(stops.signal)) return { ...jogged, commanded, text, problem: null };
    const after = (await readingWithin(driver, clock, READING_TIMEOUT_S)).positions;
    return { ...jogged, commanded, text, problem: problemOf(spec, index, { jogged, commanded, before, after }) };
  }
  return null;
}

/** Read again after each motion. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Signed, rad or m: away from the nearer limit. */
function motionOf({ joints }: RobotSpec, index: number, position: number): number {
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = joints[index]!.limits;
  const size = Math.min(MOTION_RAD_OR_M, MOTION_FRACTION * (high - low));
  return position - low > high - position ? -size : size;
}

function problemOf(
  spec: RobotSpec,
  index: number,
  motion: {
    readonly jogged: Jogged<JogResult>;
    readonly commanded: number;
    readonly before: ArrayLike<number>;
    readonly after: ArrayLike<number>;
  },
): SoftqdError | null {
  const { jogged, commanded, before, after } = motion;
  const { from, position, shortfall } = jogged.result;
  const followed = (position - from) / commanded;
  const others = spec.joints.filter(
    (_, i) => i !== index && Math.abs(after[i]! - before[i]!) >= MIN_FOLLOWED_FRACTION * Math.abs(commanded),
  );
  const { name } = spec.joints[index]!;
  const numbers = `moved by ${signed(position - from)} where ${signed(commanded)} was commanded`;
  const moved = others.map((joint) => joint.name).join(', ');
  if (followed >= MIN_FOLLOWED_FRACTION && followed <= 1 / MIN_FOLLOWED_FRACTION)
    return others.length === 0 ? null : directionError(spec, name, `${moved} moved, too`);
  if (others.length > 0) return directionError(spec, name, `${numbers}; ${moved} moved instead`);
  const reason = shortfall === null ? '' : ` (${shortfall})`;
  return directionError(spec, name, followed < 0 ? `${numbers}: the opposite direction` : `${numbers}${reason}`);
}

async function asPersonSaw(
  { driver, ask, stops, onVerified }: VerifyDirectionsOptions,
  { result, commanded, text }: MovedJoint,
): Promise<SoftqdError | null> {
  const { joint } = result;
  const seen = ask === null ? null : await ask(`${text}. Was it so?`, stops.signal).catch(whenStopped(stops.signal));
  if (seen === 'stopped') return null;
  onVerified({ joint, commanded, measured: result.position - result.from, seen });
  if (seen !== false) return null;
  return directionError(driver.spec, joint, `it was not seen that ${text}`);
}

/** A request to stop ends the question; the robot has stopped already. */
function whenStopped(signal: AbortSignal): (thrown: unknown) => 'stopped' {
  return (thrown) => {
    if (!signal.aborted) throw thrown;
    return 'stopped';
  };
}

function directionError({ name }: Pick<RobotSpec, 'name'>, joint: string, problem: string): SoftqdError {
  return new SoftqdError('E_CALIBRATION', `${name}: the direction of ${joint} is not proven: ${problem}`, {
    hint: 'Check which servo has which ID (softqd scan), then run softqd calibrate --restart --measure-directions.',
    values: { joint },
  });
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(3)}`;
}
