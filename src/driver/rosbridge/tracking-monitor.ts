import { NS_PER_S } from '../../base/clock.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';

const TRACKING_TOLERANCE_RAD_OR_M = 0.1;
const MOTION_THRESHOLD_RAD_OR_M = 0.005;
const TRACKING_TIMEOUT_NS = NS_PER_S;

/** Detects a position joint that is off its target for a second without moving: rosbridge does not report a command without effect. */
export class TrackingMonitor {
  private readonly robot: RobotSpec;
  private sinceNs: Float64Array;
  private fromPosition: Float64Array;

  constructor(robot: RobotSpec) {
    this.robot = robot;
    this.sinceNs = new Float64Array(robot.joints.length).fill(NaN);
    this.fromPosition = new Float64Array(robot.joints.length);
  }

  reset(): void {
    this.sinceNs.fill(NaN);
  }

  /** The name of a joint that does not follow, or null. */
  check({ positions, arrivalNs }: Reading, targets: Float64Array): string | null {
    let stuck: string | null = null;
    this.robot.joints.forEach(({ name, commandMode }, i) => {
      if (commandMode !== 'position') return;
      const position = positions[i]!;
      if (Math.abs(targets[i]! - position) <= TRACKING_TOLERANCE_RAD_OR_M) {
        this.sinceNs[i] = NaN;
        return;
      }
      if (Number.isNaN(this.sinceNs[i]!) || Math.abs(position - this.fromPosition[i]!) > MOTION_THRESHOLD_RAD_OR_M) {
        this.sinceNs[i] = arrivalNs;
        this.fromPosition[i] = position;
        return;
      }
      if (arrivalNs - this.sinceNs[i]! > TRACKING_TIMEOUT_NS) stuck ??= name;
    });
    return stuck;
  }
}
