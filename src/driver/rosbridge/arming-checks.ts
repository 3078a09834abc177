import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RosbridgeOptions } from './options.ts';
import type { VerifiedRosbridge } from './connect-and-verify.ts';
import { subscribersOf } from './rosapi.ts';

/** How long arming waits for a joint state within the age limit. */
const MAX_ARMING_READING_AGE_MS = 500;

/** Throws E_SAFETY_STATE when rosapi reports no subscriber of the command topic; without rosapi it only warns. */
export async function requireSubscriber(
  { link, topics }: VerifiedRosbridge,
  { robot, logger }: RosbridgeOptions,
): Promise<void> {
  const topic = topics.command.name;
  const subscribers = await subscribersOf(link, topic);
  if (subscribers === null) {
    logger.warning(`${robot.name}: rosapi does not respond; cannot check for subscribers of ${topic}`);
    return;
  }
  if (subscribers.length > 0) return;
  throw new SoftqdError('E_SAFETY_STATE', `${robot.name}: no subscriber on ${topic}`, {
    hint: 'Start the controller on the ROS side, or name its topic in the URL: ?command=/TOPIC.',
    values: { topic },
  });
}

/** Waits for a joint state within the robot's age limit; a busy server gets 500 ms. Throws E_READING_STALE. */
export async function requireRecentReading(
  { clock, robot }: RosbridgeOptions,
  newest: () => Reading,
  isConnected: () => boolean,
): Promise<void> {
  const ageS = (): number => (clock.nowNs() - newest().arrivalNs) / NS_PER_S;
  const deadlineNs = clock.nowNs() + MAX_ARMING_READING_AGE_MS * NS_PER_MS;
  while (ageS() > robot.readingMaxAgeS && isConnected()) {
    if (clock.nowNs() >= deadlineNs) {
      throw new SoftqdError(
        'E_READING_STALE',
        `${robot.name}: the newest joint state is ${Math.round(ageS() * 1000)} ms old; it cannot be armed`,
        { values: { ageS: ageS(), maxS: robot.readingMaxAgeS } },
      );
    }
    await new Promise<void>((resolve) => clock.setTimer(clock.nowNs() + 5 * NS_PER_MS, resolve));
  }
}

/** What softqd cannot do for this robot over rosbridge, a line each. */
export function limitationsOf({ robot }: Pick<RosbridgeOptions, 'robot'>): readonly string[] {
  const names = (joints: RosbridgeOptions['robot']['joints']): string => joints.map(({ name }) => name).join(', ');
  const notHeld = robot.joints.filter(({ commandMode, stopMode }) => commandMode === 'position' && stopMode !== 'hold');
  return notHeld.length === 0
    ? []
    : [`the stop mode of ${names(notHeld)} is not available over rosbridge: the last target is held instead`];
}
