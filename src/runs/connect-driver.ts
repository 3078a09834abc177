import type { Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { connectBridge, connectRosbridge, connectServos, type Body, type Resetter } from '../driver/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { readCalibration } from '../commissioning/index.ts';
import type { BodyUrl } from './driver-url.ts';
import type { Closer } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import { connectToSimulator, simulatorPlan, type Selected } from './components.ts';
import type { LineClock } from './loop-clock.ts';
import { startEmbeddedSimulator } from '../processes/simulator-child.ts';
import { uiLogger } from './ui-logger.ts';

/** A robot that the control line can drive in real time. */
export interface ConnectedBody {
  readonly body: Body;
  readonly resetter: Resetter;
  /** Whether an episode can begin anywhere: then limits are around where the robot was put. */
  readonly simulated: boolean;
}

export interface ConnectBodyOptions {
  readonly selected: Pick<Selected, 'robot' | 'loaded' | 'robotDirectory'>;
  /** null: the embedded simulator. */
  readonly url: BodyUrl | null;
  readonly rateHz: number;
  readonly time: LineClock;
  readonly ui: CommandUi;
  /** Closes what is opened here, last one first. */
  readonly closer: Closer;
}

/** Connects to what `--body` names; the body is disarmed. Throws what the body's own connect throws. */
export async function connectBody(options: ConnectBodyOptions): Promise<ConnectedBody> {
  const connected = await connect(options);
  options.closer.defer(() => connected.body.close());
  return connected;
}

function connect(options: ConnectBodyOptions): Promise<ConnectedBody> {
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
      throw new SoftqdError('E_USAGE', 'a recorded log is played back by softqd run; nothing else can drive it');
  }
}

async function connectSerial(
  options: ConnectBodyOptions,
  { protocol, address, baudRate }: Extract<BodyUrl, { kind: 'serial' }>,
): Promise<ConnectedBody> {
  const { robot, loaded } = options.selected;
  const { commandValidForMs } = loaded.config.body;
  if (protocol === 'bridge') {
    const { body, resetter } = await connectBridge({
      ...hardwareOptions(options),
      address,
      ...(baudRate === null ? {} : { baudRate }),
      ...(commandValidForMs === null ? {} : { validForMs: commandValidForMs }),
    });
    return { body, resetter, simulated: false };
  }
  const { body, resetter, uncalibrated } = await connectServos({
    ...hardwareOptions(options),
    protocol,
    address,
    baudRate,
    timersLateByMs: options.time.lateByMs,
    calibration: await readCalibration(loaded.config.data.directory, robot),
    ...(commandValidForMs === null ? {} : { commandTimeoutMs: commandValidForMs }),
  });
  if (uncalibrated !== null) {
    // Arming would refuse it, after limits had been compared with positions that mean nothing.
    await body.close();
    throw uncalibrated;
  }
  return { body, resetter, simulated: false };
}

async function connectOverRosbridge(options: ConnectBodyOptions, url: string): Promise<ConnectedBody> {
  const { body, resetter } = await connectRosbridge({ ...hardwareOptions(options), url });
  return { body, resetter, simulated: false };
}

/** What every robot that is no simulator takes. */
function hardwareOptions({ selected, rateHz, time, ui }: ConnectBodyOptions): {
  readonly robot: RobotSpec;
  readonly controlPeriodS: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
  readonly reconnectForMs: number;
  readonly silenceTimeoutMs?: number;
} {
  const { connectTimeoutMs, reconnectForMs, silenceTimeoutMs } = selected.loaded.config.body;
  return {
    robot: selected.robot,
    controlPeriodS: 1 / rateHz,
    clock: time.clock,
    logger: uiLogger(ui),
    signal: ui.signal,
    connectTimeoutMs,
    reconnectForMs,
    ...(silenceTimeoutMs === null ? {} : { silenceTimeoutMs }),
  };
}

async function connectRealTimeSimulator(
  { selected, rateHz, time, ui, closer }: ConnectBodyOptions,
  given: string | null,
): Promise<ConnectedBody> {
  const { loaded, robotDirectory } = selected;
  const controlPeriodS = simulatorPeriodS(1 / rateHz, selected.robot.world?.physicsStepS ?? 1 / rateHz);
  const robot = { ...selected.robot, controlPeriodS };
  let url = given;
  if (url === null) {
    const plan = simulatorPlan(robot, robotDirectory, loaded, {
      mode: 'real-time',
      port: loaded.config.simulator.port,
    });
    const child = await startEmbeddedSimulator(plan, (taken) =>
      ui.note(`port ${taken} is taken; the embedded simulator listens on another`),
    );
    closer.defer(() => child.close());
    url = child.url;
    ui.event({ event: 'listening', url, mode: 'real-time', robot: robot.name, controlPeriodS });
  }
  const { body, resetter, mode } = await connectToSimulator(
    { robot, loaded },
    { url, clock: time.clock, logger: uiLogger(ui), controlPeriodS, signal: ui.signal },
  );
  if (mode === 'real-time') return { body, resetter, simulated: true };
  await body.close();
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
