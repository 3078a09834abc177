import type { Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import {
  connectBridge,
  connectRosbridge,
  connectServos,
  type Driver,
  type Resetter,
  type ServoDriver,
} from '../driver/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { holdSocketPath } from '../processes/index.ts';
import { readCalibration } from '../servo/index.ts';
import { namePortUser } from './busy-port.ts';
import type { ReadingLosses, ServoStatus } from './daemon/index.ts';
import type { DriverUrl } from './driver-url.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { ListeningEvent } from './run-events.ts';
import type { RobotAndTask } from './components.ts';
import type { LoopClock } from './loop-clock.ts';
import { openSimulator, simulatorSource } from './open-simulator.ts';
import { uiLogger } from './ui-logger.ts';

/** A robot that the control loop can drive in real time. */
export interface ConnectedDriver {
  readonly driver: Driver;
  readonly resetter: Resetter;
  /** Whether a reset can put the robot anywhere: limits are then around that position. */
  readonly simulated: boolean;
  /** The motors of the robot, as received last; empty where the driver reports none. */
  servos(): readonly Omit<ServoStatus, 'derating'>[];
  readingLosses(): ReadingLosses;
}

export interface ConnectDriverOptions {
  readonly selected: Pick<RobotAndTask, 'robot' | 'loaded' | 'robotDirectory'>;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  /** null: the embedded simulator. */
  readonly url: DriverUrl | null;
  readonly rateHz: number;
  readonly time: LoopClock;
  readonly ui: CommandUi<ListeningEvent>;
  /** Closes what is opened here, last one first. */
  readonly closer: CleanupStack;
}

/** Connects to what `--driver` names; the driver is disarmed, and closed by `closer`. Throws the errors of the driver's connect. */
export async function connectDriver(options: ConnectDriverOptions): Promise<ConnectedDriver> {
  const { url } = options;
  if (url === null || url.kind === 'simulator') return connectRealTimeSimulator(options, url);
  const { directory } = options.selected.loaded.config.data;
  const connected = await connectHardware(options, url).catch((thrown: unknown) => {
    throw namePortUser(thrown, directory);
  });
  options.closer.defer(() => connected.driver.close());
  return connected;
}

function connectHardware(
  options: ConnectDriverOptions,
  url: Exclude<DriverUrl, { kind: 'simulator' }>,
): Promise<ConnectedDriver> {
  switch (url.kind) {
    case 'serial':
      return connectSerial(options, url);
    case 'rosbridge':
      return connectOverRosbridge(options, url.url);
    case 'playback':
      throw new SoftqdError('E_USAGE', 'playback:FILE is only supported by softqd run');
  }
}

async function connectSerial(
  options: ConnectDriverOptions,
  { protocol, address, baudRate }: Extract<DriverUrl, { kind: 'serial' }>,
): Promise<ConnectedDriver> {
  const { robot, loaded } = options.selected;
  const { commandTimeoutMs } = loaded.config.driver;
  if (protocol === 'bridge') {
    const { driver, resetter } = await connectBridge({
      ...hardwareOptions(options),
      address,
      ...(baudRate === null ? {} : { baudRate }),
      ...(commandTimeoutMs === null ? {} : { validForMs: commandTimeoutMs }),
    });
    return {
      ...{ driver, resetter, simulated: false },
      servos: () =>
        driver.health.map((motor, i) => ({ joint: driver.spec.joints[i]?.name ?? '', lost: null, ...motor })),
      readingLosses: () => ({ lost: driver.counters.readingsLost, pauses: driver.readingPauses }),
    };
  }
  const { driver, resetter, uncalibrated } = await connectServos({
    ...hardwareOptions(options),
    protocol,
    address,
    baudRate,
    timerLatenessMs: options.time.timerLatenessMs,
    holdSocketPath: holdSocketPath(loaded.config.data.directory, robot.name, options.robotId),
    calibration: await readCalibration({ dataDirectory: loaded.config.data.directory, robot, id: options.robotId }),
    ...(commandTimeoutMs === null ? {} : { commandTimeoutMs: commandTimeoutMs }),
  });
  if (uncalibrated !== null) {
    // Arming would reject it, but only after its limits had been compared with positions without calibration.
    await driver.close();
    throw uncalibrated;
  }
  return {
    ...{ driver, resetter, simulated: false },
    servos: () => servoStatus(driver),
    readingLosses: () => ({ lost: lostReplies(driver), pauses: driver.readingPauses }),
  };
}

function noServos(): readonly [] {
  return [];
}

function lostReplies({ counters }: ServoDriver): number {
  let lost = 0;
  for (const row of counters.servos.values()) lost += row.lost;
  return lost;
}

function servoStatus({ spec, health, counters }: ServoDriver): ReturnType<ConnectedDriver['servos']> {
  const servos = spec.servoBus?.servos ?? [];
  return health.map(({ id, temperatureC, supplyV, load }) => {
    const index = servos.findIndex((servo) => servo.id === id);
    return {
      joint: spec.joints[index]?.name ?? String(id),
      lost: counters.servos.get(id)?.lost ?? 0,
      ...{ temperatureC, supplyV, load },
    };
  });
}

async function connectOverRosbridge(options: ConnectDriverOptions, url: string): Promise<ConnectedDriver> {
  const { driver, resetter } = await connectRosbridge({ ...hardwareOptions(options), url });
  const { counters } = driver;
  return {
    ...{ driver, resetter, simulated: false, servos: noServos },
    readingLosses: () => ({ lost: counters.badMessages, pauses: counters.pauses }),
  };
}

/** The options common to all hardware drivers. */
function hardwareOptions({ selected, rateHz, time, ui }: ConnectDriverOptions): {
  readonly robot: RobotSpec;
  readonly controlPeriodS: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
  readonly reconnectTimeoutMs: number;
  readonly receiveTimeoutMs?: number;
} {
  const { connectTimeoutMs, reconnectTimeoutMs, receiveTimeoutMs } = selected.loaded.config.driver;
  return {
    robot: selected.robot,
    controlPeriodS: 1 / rateHz,
    clock: time.clock,
    logger: uiLogger(ui),
    signal: ui.signal,
    connectTimeoutMs,
    reconnectTimeoutMs,
    ...(receiveTimeoutMs === null ? {} : { receiveTimeoutMs }),
  };
}

async function connectRealTimeSimulator(
  { selected, rateHz, time, ui, closer }: ConnectDriverOptions,
  url: { readonly url: string } | null,
): Promise<ConnectedDriver> {
  const { loaded } = selected;
  const controlPeriodS = simulatorPeriodS(1 / rateHz, selected.robot.world?.physicsStepS ?? 1 / rateHz);
  const { driver, resetter } = await openSimulator({
    selected: { ...selected, robot: { ...selected.robot, controlPeriodS } },
    mode: 'real-time',
    source: url === null ? simulatorSource(loaded.config.simulator) : { kind: 'url', url: url.url },
    ...{ clock: time.clock, logger: uiLogger(ui), ui, closer },
  });
  return {
    ...{ driver, resetter, simulated: true, servos: noServos },
    readingLosses: () => ({ lost: 0, pauses: driver.readingPauses ?? 0 }),
  };
}

/** The multiple of the physics step nearest to the requested period, at least one step: a faster loop reads the same state twice. */
function simulatorPeriodS(wantedS: number, physicsStepS: number): number {
  return Math.max(1, Math.round(wantedS / physicsStepS)) * physicsStepS;
}
