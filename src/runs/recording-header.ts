import { SoftqdError } from '../base/errors.ts';
import type { LogEvent } from '../experience/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** What a playback needs of a recorded real-time run, in addition to its configuration. */
export interface RecordingHeader {
  readonly robot: string;
  readonly joints: readonly string[];
  readonly task: string;
  readonly controlPeriodS: number;
  /** Whether a reset could put the robot anywhere. */
  readonly simulated: boolean;
  readonly seed: number;
  readonly mode: 'sample' | 'zero' | 'best';
  readonly learn: boolean;
  /** SHA-256 of the policy file of the start, or null. */
  readonly policySha256: string | null;
  /** SHA-256 of the user's task module; absent: a built-in kind of task. */
  readonly taskModuleSha256?: string;
}

const CODE = 'CONTROL_LOOP_STARTED';

export function jointNames(robot: RobotSpec): string[] {
  return robot.joints.map(({ name }) => name);
}

export function recordingHeaderEvent(header: RecordingHeader, monotonicTimeNs: number): LogEvent {
  return { monotonicTimeNs, level: 'info', code: CODE, message: 'control loop started', values: { ...header } };
}

/** The header in an event; null: another event. Throws E_LOG_FILE for invalid values. */
export function parseRecordingHeader({ code, values = {} }: LogEvent): RecordingHeader | null {
  if (code !== CODE) return null;
  const header = values as { [K in keyof RecordingHeader]?: unknown };
  const { robot, joints, task, controlPeriodS, simulated, seed, mode, learn, policySha256, taskModuleSha256 } = header;
  const isValid =
    typeof robot === 'string' &&
    Array.isArray(joints) &&
    typeof task === 'string' &&
    typeof controlPeriodS === 'number' &&
    Number.isFinite(controlPeriodS) &&
    controlPeriodS > 0 &&
    typeof simulated === 'boolean' &&
    typeof seed === 'number' &&
    Number.isSafeInteger(seed) &&
    (mode === 'sample' || mode === 'zero' || mode === 'best') &&
    typeof learn === 'boolean' &&
    (policySha256 === null || typeof policySha256 === 'string') &&
    (taskModuleSha256 === undefined || typeof taskModuleSha256 === 'string');
  if (!isValid) throw new SoftqdError('E_LOG_FILE', 'recording header is corrupt');
  return values as unknown as RecordingHeader;
}
