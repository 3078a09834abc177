import type { CommonOptions } from '../../cli/index.ts';
import type { VirtualDeviceEvent, VirtualProtocol } from '../../virtual/index.ts';

export interface VirtualOptions extends CommonOptions {
  readonly robot: string;
  /** null: the protocol of the robot file's servo bus, `bridge` without one. */
  readonly protocol: VirtualProtocol | null;
  /** The value of --fault, e.g. `drop=1%,reboot=3@12s`; null: none. */
  readonly faults: string | null;
  readonly seed: number;
  /** false: servos with factory settings. */
  readonly calibrated: boolean;
  /** The joint whose new servo is the only one on the bus; null: all servos, configured. */
  readonly factoryServo: string | null;
  /** Move the joints without torque as an operator would. */
  readonly handGuiding: boolean;
  readonly groundTruthFile: string | null;
  readonly symlinkPath: string | null;
}

/** An event of the device; when it is ready, also a task of its robot, or null without one. */
export type VirtualEvent =
  | Exclude<VirtualDeviceEvent, { event: 'ready' }>
  | (Extract<VirtualDeviceEvent, { event: 'ready' }> & { readonly task: string | null });
