import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import {
  JOG_SPEED,
  busOpener,
  checkMove,
  jogInteractive,
  jogToTarget,
  jointIndex,
  robotBusAddress,
  type JogSetpoint,
  type JogState,
} from '../../commissioning/index.ts';
import { requireServoBus, torqueOff, withBus, type BusAddress } from '../../servo/index.ts';
import {
  CleanupStack,
  connectDriver,
  createGuardForRobot,
  openLoopClock,
  parseDriverUrl,
  requireRobot,
  type CommandUi,
  type DriverUrl,
} from '../../runs/index.ts';
import type { JogCommandOptions, JogEvent, JogKey } from './types.ts';

const REPORT_PERIOD_MS = 100;
/** Steps of the arrow keys, in the joint's unit: about 1 and 6 degrees. */
const SMALL_STEP = 0.02;
const LARGE_STEP = 0.1;
/** Of the joint's maximum effort, for an effort-controlled joint. */
const SMALL_EFFORT_FRACTION = 0.05;
const LARGE_EFFORT_FRACTION = 0.2;

/** `softqd jog`: moves one joint through the guard, by a given amount or by the arrow keys. Exit code 1 when it did not reach its target. */
export const jogCommand: CommandFunction<JogCommandOptions, JogEvent> = async (options, ui) => {
  const url = parseDriverUrl(options.driverUrl);
  const loaded = await options.configure({ robot: options.robot });
  const { robot, robotDirectory } = requireRobot(loaded);
  const joint = jointIndex(robot, options.joint);
  const spec = robot.joints[joint]!;
  const move = options.move === null ? null : checkMove(spec, options.move);
  if (move === null && options.keys === null) {
    throw new SoftqdError('E_USAGE', 'interactive jog requires a terminal', {
      hint: 'Pass --by N, --to N or, for a joint that is driven by effort, --effort N --duration SECONDS.',
    });
  }
  const time = openLoopClock();
  const { clock } = time;
  const bus = options.torqueOff ? torqueOffAddress(url, robot) : null;
  const stopMode = options.torqueOff ? 'torque-off' : spec.stopMode;
  const closer = new CleanupStack();
  const quit = new AbortController();
  try {
    const periodS = robot.controlPeriodS;
    const { driver, simulated } = await connectDriver({
      selected: { robot, robotDirectory, loaded },
      robotId: options.robotId,
      url,
      rateHz: 1 / periodS,
      time,
      ui,
      closer,
    });
    const jog = {
      driver,
      guard: createGuardForRobot(driver.spec, { simulated, controlPeriodS: periodS, clock }),
      clock,
      periodS,
      joint,
      speed: Math.min(options.speed ?? JOG_SPEED, spec.limits.maxVelocityRadOrMPerS ?? Infinity),
      signal: AbortSignal.any([ui.signal, quit.signal]),
      onState: progressReporter(spec, ui),
    };
    if (move === null) {
      const position = await jogWithKeys(spec, options.keys!, quit, (aim) => jogInteractive(jog, aim));
      ui.event({ event: 'done', joint: spec.name, position, unit: unitOf(spec), stopMode });
      return 0;
    }
    const result = await jogToTarget(jog, move);
    ui.event({ event: 'done', ...result, unit: unitOf(spec), stopMode });
    if (!result.reached && !ui.signal.aborted) {
      ui.info(`${spec.name} did not reach the target: blocked, overloaded, or limited by the guard.`);
    }
    return result.reached ? 0 : 1;
  } finally {
    await closer.close();
    if (bus !== null) {
      const ids = requireServoBus(robot).servos.map(({ id }) => id);
      await withBus(busOpener(ui), bus, (open) => torqueOff(open, ids));
    }
  }
};

/** The servo bus on which torque is turned off. Throws E_USAGE for a driver without servos. */
function torqueOffAddress(url: DriverUrl, robot: RobotSpec): BusAddress {
  if (url.kind !== 'serial' || url.protocol === 'bridge') {
    throw new SoftqdError(
      'E_USAGE',
      "--torque-off is only supported for servo buses; other drivers follow the joints' stop mode",
    );
  }
  const { protocol, address, baudRate } = url;
  return robotBusAddress(robot, { protocol, address, baudRate });
}

/** The keys move an aim; it is never far ahead of the joint, so that a blocked one is not pushed harder and harder. */
async function jogWithKeys(
  { commandMode, limits }: JointSpec,
  listen: NonNullable<JogCommandOptions['keys']>,
  quit: AbortController,
  work: (aim: (position: number) => JogSetpoint | null) => Promise<number>,
): Promise<number> {
  const effort = commandMode === 'effort';
  const most = limits.maxEffortNmOrN ?? 0;
  const low = effort ? -most : (limits.minPositionRadOrM ?? -Infinity);
  const high = effort ? most : (limits.maxPositionRadOrM ?? Infinity);
  const small = effort ? SMALL_EFFORT_FRACTION * most : SMALL_STEP;
  const large = effort ? LARGE_EFFORT_FRACTION * most : LARGE_STEP;
  const steps: Readonly<Record<JogKey, number>> = {
    'small-up': small,
    'small-down': -small,
    'large-up': large,
    'large-down': -large,
    stop: 0,
    quit: 0,
  };
  let aim: number | null = null;
  let at = NaN;
  const end = listen((key) => {
    if (key === 'quit') quit.abort();
    else if (Number.isFinite(at)) {
      const from = key === 'stop' ? (effort ? 0 : at) : (aim ?? (effort ? 0 : at));
      const wanted = from + steps[key];
      const near = effort ? wanted : Math.max(at - 2 * large, Math.min(at + 2 * large, wanted));
      aim = Math.max(low, Math.min(high, near));
    }
  });
  try {
    return await work((position) => {
      at = position;
      return aim === null ? null : { kind: effort ? 'effort' : 'position', value: aim };
    });
  } finally {
    end();
  }
}

function progressReporter(spec: JointSpec, ui: CommandUi<JogEvent>): (state: JogState) => void {
  const { limits, name } = spec;
  let lastReportMs = -Infinity;
  return ({ position, velocity, effort, setpoint, reasonCodes }) => {
    const nowMs = performance.now();
    if (nowMs - lastReportMs < REPORT_PERIOD_MS) return;
    lastReportMs = nowMs;
    ui.event({
      event: 'jog',
      joint: name,
      unit: unitOf(spec),
      position,
      velocity,
      effort,
      setpoint,
      minimum: limits.minPositionRadOrM ?? null,
      maximum: limits.maxPositionRadOrM ?? null,
      limited: reasonCodes.length > 0,
    });
  };
}

function unitOf({ kind }: JointSpec): 'rad' | 'm' {
  return kind === 'revolute' ? 'rad' : 'm';
}
