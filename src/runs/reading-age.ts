import { NS_PER_MS, NS_PER_S } from '../base/clock.ts';
import type { RobotAndTask } from './components.ts';

/** Real time: the age above which a reading is stale, by configuration or by the robot file, nanoseconds. */
export function maxReadingAgeNs({ loaded, robot }: Pick<RobotAndTask, 'loaded' | 'robot'>): number {
  const { readingMaxAgeMs } = loaded.config.control;
  return readingMaxAgeMs === null ? robot.readingMaxAgeS * NS_PER_S : readingMaxAgeMs * NS_PER_MS;
}
