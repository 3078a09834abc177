import type { Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { connectBridge, connectRosbridge, connectServos, type Driver, type Resetter } from '../driver/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { readCalibration } from '../servo/index.ts';
import type { DriverUrl } from './driver-url.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { ListeningEvent } from './run-events.ts';
import { connectToSimulator, simulatorLaunch, type RobotAndTask } from './components.ts';
import type { LoopClock } from './loop-clock.ts';
import { startEmbeddedSimulator } from '../processes/index.ts';
import { uiLogger } from './ui-logger.ts';

/** A robot that the control line can drive in real time. */
export interface ConnectedDriver {
  readonly driver: Driver;
  readonly resetter: Resetter;
  /** Whether an episode can begin anywhere: then limits are around where the robot was put. */
  readonly simulated: boolean;
}

export interface ConnectDriverOptions {
  readonly selected: Pick<RobotAndTask, 'robot' | 'loaded' | 'robotDirectory'>;
  /** null: the embedded simulator. */
  readonly url: DriverUrl | null;
  readonly rateHz: number;
  readonly time: LoopClock;
  readonly ui: CommandUi<ListeningEvent>;
  /** Closes what is opened here, last one first. */
  readonly closer: CleanupStack;
}

/** Connects to what `--driver` names; the body is disarmed. Throws what the body's own connect throws. */
export async function connectDriver(options: ConnectDriverOptions): Promise<ConnectedDriver> {
  const connected = await connect(options);
  options.closer.defer(() => connected.driver.close());
  return connected;
}

function connect(options: ConnectDriverOptions): Promise<ConnectedDriver> {
  const { url } = options;
  switch (url?.kind) {
    case undefined:
    case 'simulator':
      return connectRealTimeSimulator(options, url?.url ?? null);
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
    return { driver, resetter, simulated: false };
  }
  const { driver, resetter, uncalibrated } = await connectServos({
    ...hardwareOptions(options),
    protocol,
    address,
    baudRate,
    timerLatenessMs: options.time.timerLatenessMs,
    calibration: await readCalibration(loaded.config.data.directory, robot),
    ...(commandTimeoutMs === null ? {} : { commandTimeoutMs: commandTimeoutMs }),
  });
  if (uncalibrated !== null) {
    // Arming would refuse it, after limits had been compared with positions that mean nothing.
    await driver.close();
    throw uncalibrated;
  }
  return { driver, resetter, simulated: false };
}

async function connectOverRosbridge(options: ConnectDriverOptions, url: string): Promise<ConnectedDriver> {
  const { driver, resetter } = await connectRosbridge({ ...hardwareOptions(options), url });
  return { driver, resetter, simulated: false };
}

/** What every robot that is no simulator takes. */
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
  given: string | null,
): Promise<ConnectedDriver> {
  const { loaded, robotDirectory } = selected;
  const controlPeriodS = simulatorPeriodS(1 / rateHz, selected.robot.world?.physicsStepS ?? 1 / rateHz);
  const robot = { ...selected.robot, controlPeriodS };
  let url = given;
  if (url === null) {
    const plan = simulatorLaunch(robot, robotDirectory, loaded, {
      mode: 'real-time',
      port: loaded.config.simulator.port,
    });
    const child = await startEmbeddedSimulator(plan, (taken) =>
      ui.info(`port ${taken} is in use; the embedded simulator uses another one`),
    );
    closer.defer(() => child.close());
    url = child.url;
    ui.event({ event: 'listening', url, mode: 'real-time', robot: robot.name, controlPeriodS });
  }
  const { driver, resetter, mode } = await connectToSimulator(
    { robot, loaded },
    { url, clock: time.clock, logger: uiLogger(ui), controlPeriodS, signal: ui.signal },
  );
  if (mode === 'real-time') return { driver, resetter, simulated: true };
  await driver.close();
  throw new SoftqdError(
    'E_PROTOCOL_MISMATCH',
    `the simulator at ${url} runs in lock-step; softqd run needs real time`,
    { hint: 'Start it with softqd simulate --real-time, or learn in lock-step with softqd pretrain.' },
  );
}

/** The multiple of the physics step nearest to the wanted period, one step at least: a faster line reads the newest state twice. */
function simulatorPeriodS(wantedS: number, physicsStepS: number): number {
  return Math.max(1, Math.round(wantedS / physicsStepS)) * physicsStepS;
}
