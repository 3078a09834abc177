import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { SerialServoBus } from '../../servo/index.ts';

/** The servos of one robot on an open bus. */
export interface RobotServos {
  readonly bus: SerialServoBus;
  readonly robot: RobotSpec;
  readonly logger: Logger;
}
