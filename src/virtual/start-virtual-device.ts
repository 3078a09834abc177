import { loadAddon, PreciseClock, type NativeAddon, useSingleThreadedGc } from '../addon/index.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { buildDevice, type BuiltDevice } from './build-device.ts';
import { busServos } from './connected-servos.ts';
import type { Fault } from './fault-spec.ts';
import { parseFaults } from './fault-spec.ts';
import { createMechanics } from './create-mechanics.ts';
import { HandGuide, type HandGuideEvent } from './hand-guide.ts';
import { GroundTruthLog } from './ground-truth-log.ts';
import { requireFreeLink, VirtualPort } from './virtual-port.ts';

export type VirtualProtocol = 'feetech' | 'dynamixel' | 'bridge';

export type VirtualDeviceEvent =
  | {
      readonly event: 'ready';
      /** The port that a program opens. */
      readonly pty: string;
      readonly protocol: VirtualProtocol;
      /** Of the servos, in joint order; empty for a bridge. */
      readonly ids: readonly number[];
      readonly baudRate: number;
      readonly link?: string;
    }
  | { readonly event: 'unplugged'; readonly pty: string }
  | HandGuideEvent;

export interface VirtualDeviceOptions {
  readonly robot: RobotSpec;
  readonly robotDirectory: string;
  /** null: that of the robot file's servo bus, `bridge` when it has none. */
  readonly protocol: VirtualProtocol | null;
  /** Syntax of `parseFaults`; null: none. */
  readonly faults: string | null;
  readonly seed: number;
  /** false: factory settings in every servo and horns mounted at random angles. */
  readonly calibrated: boolean;
  /** The joint whose servo is the only one on the bus, with factory settings; null or absent: all servos, with their IDs. */
  readonly factoryServo?: string | null;
  /** Hand guiding: every joint without torque is moved through its range, repeatedly; the model's table is removed. */
  readonly hand?: boolean;
  /** Path of the ground truth, see GroundTruthLog; null: none. */
  readonly groundTruthFile: string | null;
  /** A symbolic link that always points to the current port; null: none. */
  readonly linkPath: string | null;
  readonly onEvent: (event: VirtualDeviceEvent) => void;
}

export interface VirtualDevice {
  /** null while unplugged. */
  readonly path: string | null;
  readonly protocol: VirtualProtocol;
  readonly ids: readonly number[];
  /** Closes the port. Rejects with E_DISK when the ground truth could not be written. */
  close(): Promise<void>;
}

/** The protocol of a robot's motors. Throws E_USAGE for one for which its robot file has no servos. */
function protocolOf({ name, servoBus }: RobotSpec, requested: VirtualProtocol | null): VirtualProtocol {
  const own = servoBus?.protocol ?? 'bridge';
  if (requested === null || requested === own) return own;
  if (requested === 'bridge') return requested;
  const why = servoBus === undefined ? 'has no servo bus' : `has ${own} servos`;
  throw new SoftqdError('E_USAGE', `--protocol ${requested}: the robot file of ${name} ${why}`);
}

/**
 * Starts a virtual robot: a pseudo-terminal on which servos (or a board) exchange packets at the speed of the wire and move the robot's
 * MuJoCo model under gravity. Throws E_USAGE (faults, protocol), E_ROBOT_FILE, E_NOT_IMPLEMENTED without the addon, E_CONNECT without terminals.
 */
export async function startVirtualDevice(options: VirtualDeviceOptions): Promise<VirtualDevice> {
  const { robot } = options;
  const protocol = protocolOf(robot, options.protocol);
  const { factoryServo = null } = options;
  const ids = servoIds(robot, protocol, factoryServo);
  const faults = faultsOf(options, protocol, ids);
  requireFreeLink(options.linkPath);
  const addon = requireAddon();
  const { groundTruthFile, linkPath, calibrated, seed } = options;
  useSingleThreadedGc();
  const mechanics = await createMechanics(robot, options.robotDirectory, options.hand !== true);
  const hand = options.hand === true ? new HandGuide({ robot, mechanics, onEvent: options.onEvent }) : null;
  const clock = new PreciseClock(addon);
  const groundTruth = groundTruthFile === null ? null : new GroundTruthLog(groundTruthFile);
  const announce = (unplug: boolean): void => {
    const pty = port.path;
    if (unplug) {
      port.detach();
      if (pty !== null) options.onEvent({ event: 'unplugged', pty });
    } else {
      const ready = { event: 'ready', pty: port.attach(), protocol, ids, baudRate: device.baudRate } as const;
      options.onEvent(linkPath === null ? ready : { ...ready, link: linkPath });
    }
  };
  const parts = { robot, protocol, faults, seed, calibrated, factoryServo, mechanics, clock, groundTruth, hand };
  const device = buildDevice({ ...parts, unplug: announce });
  const port = new VirtualPort(device.transport, device.baudRate, linkPath);
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => (closed ??= stop());
  const stop = async (): Promise<void> => {
    port.close();
    clock.close();
    device.close();
    mechanics.dispose();
    await groundTruth?.close(clock.nowNs());
  };
  try {
    announce(false);
  } catch (error) {
    await close();
    throw error;
  }
  tickPeriodically(clock, device, () => closed !== null);
  return {
    get path() {
      return port.path;
    },
    protocol,
    ids,
    close,
  };
}

/** Ticks at the device's period until `isClosed`; a late tick skips the missed ones. */
function tickPeriodically(clock: PreciseClock, device: BuiltDevice, isClosed: () => boolean): void {
  let deadlineNs = clock.nowNs();
  const tick = (): void => {
    const nowNs = clock.nowNs();
    device.tick(nowNs);
    deadlineNs += device.tickNs * Math.max(1, Math.ceil((nowNs - deadlineNs) / device.tickNs));
    if (!isClosed()) clock.setTimer(deadlineNs, tick);
  };
  tick();
}

function requireAddon(): NativeAddon {
  const { addon, ...missing } = loadAddon();
  if (addon !== null) return addon;
  throw new SoftqdError(
    'E_NOT_IMPLEMENTED',
    `virtual devices need the native addon: ${'reason' in missing ? missing.reason : ''}`,
  );
}

/** Of the servos, in joint order; empty for a bridge. Throws E_USAGE for a factory servo behind a bridge. */
function servoIds(robot: RobotSpec, protocol: VirtualProtocol, factoryServo: string | null): readonly number[] {
  if (protocol !== 'bridge') return busServos(robot, factoryServo).map(({ id }) => id);
  if (factoryServo !== null) throw new SoftqdError('E_USAGE', '--factory-servo requires a servo bus');
  return [];
}

function faultsOf(
  { robot, faults }: VirtualDeviceOptions,
  protocol: VirtualProtocol,
  ids: readonly number[],
): readonly Fault[] {
  if (faults === null) return [];
  return parseFaults(faults, { protocol, ids: protocol === 'bridge' ? robot.joints.map((_, i) => i + 1) : ids });
}
