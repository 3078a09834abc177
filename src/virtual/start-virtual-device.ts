import { loadAddon, PreciseClock, useSingleThreadedGc } from '../addon/index.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { buildDevice } from './build-device.ts';
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
      /** The port that a program opens now. */
      readonly pty: string;
      readonly protocol: VirtualProtocol;
      /** Of the servos, in joint order; empty behind a bridge. */
      readonly ids: readonly number[];
      readonly baudRate: number;
      readonly link?: string;
    }
  | { readonly event: 'unplugged'; readonly pty: string }
  | HandGuideEvent;

export interface VirtualDeviceOptions {
  readonly robot: RobotSpec;
  readonly robotDirectory: string;
  /** null: that of the robot file's servo bus, `bridge` when it states none. */
  readonly protocol: VirtualProtocol | null;
  /** As `parseFaults` reads it; null: none. */
  readonly faults: string | null;
  readonly seed: number;
  /** false: factory values in every servo and horns mounted by chance. */
  readonly calibrated: boolean;
  /** The joint whose servo is the only one on the bus, as it comes from its box; null or absent: all servos, numbered. */
  readonly factoryServo?: string | null;
  /** A person's hand moves every joint without torque through its range, again and again; the model's table is out of the way then. */
  readonly hand?: boolean;
  /** Where the truth is written, see TruthLog. */
  readonly groundTruthFile: string | null;
  /** A symbolic link that always leads to the port there is. */
  readonly linkPath: string | null;
  readonly onEvent: (event: VirtualDeviceEvent) => void;
}

export interface VirtualDevice {
  /** null while unplugged. */
  readonly path: string | null;
  readonly protocol: VirtualProtocol;
  readonly ids: readonly number[];
  /** Ends it; the port hangs up. Rejects with E_DISK when the truth could not be written. */
  close(): Promise<void>;
}

/** The protocol that a robot's motors speak. Throws E_USAGE for one that its robot file has no servos for. */
function protocolOf({ name, servoBus }: RobotSpec, wanted: VirtualProtocol | null): VirtualProtocol {
  const own = servoBus?.protocol ?? 'bridge';
  if (wanted === null || wanted === own) return own;
  if (wanted === 'bridge') return wanted;
  const why = servoBus === undefined ? 'states no servo bus' : `has ${own} servos`;
  throw new SoftqdError('E_USAGE', `--protocol ${wanted}: the robot file of ${name} ${why}`);
}

/**
 * Starts a robot that is not there: a pseudo-terminal behind which servos (or a board) speak real bytes at wire time and move the robot's
 * MuJoCo model under gravity. Throws E_USAGE (faults, protocol), E_ROBOT_FILE, E_NOT_IMPLEMENTED without the addon, E_CONNECT without terminals.
 */
export async function startVirtualDevice(options: VirtualDeviceOptions): Promise<VirtualDevice> {
  const { robot } = options;
  const protocol = protocolOf(robot, options.protocol);
  const factoryServo = options.factoryServo ?? null;
  if (factoryServo !== null && protocol === 'bridge')
    throw new SoftqdError('E_USAGE', '--factory-servo requires a servo bus');
  const ids = protocol === 'bridge' ? [] : busServos(robot, factoryServo).map(({ id }) => id);
  const faults = faultsOf(options, protocol, ids);
  requireFreeLink(options.linkPath);
  const { addon, ...found } = loadAddon();
  if (addon === null) {
    throw new SoftqdError(
      'E_NOT_IMPLEMENTED',
      `virtual devices need the native addon: ${'reason' in found ? found.reason : ''}`,
    );
  }
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
  const device = buildDevice({
    robot,
    protocol,
    faults,
    seed,
    calibrated,
    factoryServo,
    mechanics,
    clock,
    groundTruth,
    hand,
    unplug: announce,
  });
  const port = new VirtualPort(device.transport, device.baudRate, linkPath);
  let closed: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    port.close();
    clock.close();
    device.close();
    mechanics.dispose();
    await groundTruth?.close(clock.nowNs());
  };
  const close = (): Promise<void> => (closed ??= stop());
  let deadlineNs = clock.nowNs();
  const tick = (): void => {
    const nowNs = clock.nowNs();
    device.tick(nowNs);
    deadlineNs += device.tickNs * Math.max(1, Math.ceil((nowNs - deadlineNs) / device.tickNs));
    if (closed === null) clock.setTimer(deadlineNs, tick);
  };
  try {
    announce(false);
  } catch (error) {
    await close();
    throw error;
  }
  tick();
  return {
    get path() {
      return port.path;
    },
    protocol,
    ids,
    close,
  };
}

function faultsOf(
  { robot, faults }: VirtualDeviceOptions,
  protocol: VirtualProtocol,
  ids: readonly number[],
): readonly Fault[] {
  if (faults === null) return [];
  return parseFaults(faults, { protocol, ids: protocol === 'bridge' ? robot.joints.map((_, i) => i + 1) : ids });
}
