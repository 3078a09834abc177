import { SoftqdError } from '../../base/errors.ts';
import { EXIT_INTERRUPTED, type CommandFunction } from '../../cli/index.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import {
  JOG_SPEED,
  checkMove,
  jogToTarget,
  jointIndex,
  type JogMove,
  type JogState,
} from '../../commissioning/index.ts';
import {
  CleanupStack,
  connectGuarded,
  parseDriverUrl,
  requireRobot,
  type CommandUi,
  type DriverUrl,
} from '../../runs/index.ts';
import { stopError, stoppedEvent, type StopResult } from '../../runs/stopping/index.ts';
import { stopPlan } from '../../safety/port.ts';
import { jogWithKeys } from './jog-keys.ts';
import type { JogCommandOptions, JogEvent, JogKeysDone, JogMoveDone } from './types.ts';

const REPORT_PERIOD_MS = 100;

/** The end of a jog of an armed robot. */
interface JogOutcome {
  readonly plan: StopPlan;
  readonly stop: StopResult;
  readonly done: JogMoveDone | JogKeysDone;
}

/**
 * `softqd jog`: moves one joint through the guard, by a given amount or by the arrow keys, then stops by the robot's stop plan. Exit code 1
 * when it did not reach its target, 130 after a request to stop, also while connecting.
 */
export const jogCommand: CommandFunction<JogCommandOptions, JogEvent> = async (options, ui) => {
  const url = parseDriverUrl(options.driverUrl);
  const loaded = await options.configure({ robot: options.robot });
  const selected = { ...requireRobot(loaded), loaded };
  const { robot } = selected;
  const joint = jointIndex(robot, options.joint);
  const move = options.move === null ? null : checkMove(robot.joints[joint]!, options.move);
  if (move === null && options.keys === null) {
    throw new SoftqdError('E_USAGE', 'interactive jog requires a terminal', {
      hint: 'Pass --by N, --to N or, for a joint that is driven by effort, --effort N --duration SECONDS.',
    });
  }
  if (options.torqueOff) announceTorqueOff(url, robot, ui);
  const closer = new CleanupStack();
  try {
    const outcome = await jogOnce({ options, selected, url, joint, move, closer }, ui).catch((thrown: unknown) => {
      // The robot was not armed.
      if (ui.signal.aborted) return null;
      throw thrown;
    });
    return outcome === null ? EXIT_INTERRUPTED : report(outcome, ui);
  } finally {
    await closer.close();
  }
};

interface JogSelection {
  readonly options: JogCommandOptions;
  readonly selected: Parameters<typeof connectGuarded>[0]['selected'];
  readonly url: DriverUrl;
  readonly joint: number;
  /** null: by keys. */
  readonly move: JogMove | null;
  readonly closer: CleanupStack;
}

/** null: a stop was requested before the robot was armed. Rejects when it cannot be connected or armed. */
async function jogOnce(
  { options, selected, url, joint, move, closer }: JogSelection,
  ui: CommandUi<JogEvent>,
): Promise<JogOutcome | null> {
  const { robot } = selected;
  const spec = robot.joints[joint]!;
  const connected = await connectGuarded({ selected, robotId: options.robotId, url, ui, closer });
  const plan = stopPlan(connected.driver.spec, options.torqueOff ? 'torque-off' : undefined);
  const jog = {
    ...{ ...connected, joint, plan, stops: ui.stops },
    speed: Math.min(options.speed ?? JOG_SPEED, spec.limits.maxVelocityRadOrMPerS ?? Infinity),
    onState: progressReporter(spec, ui),
  };
  const common = { event: 'done', unit: unitOf(spec), stopMode: plan.joints[joint]!.mode } as const;
  if (move === null) {
    const jogged = await jogWithKeys(spec, options.keys!, jog);
    if (jogged === null) return null;
    return { plan, stop: jogged.stop, done: { ...common, joint: spec.name, position: jogged.result } };
  }
  const jogged = await jogToTarget(jog, move);
  return jogged === null ? null : { plan, stop: jogged.stop, done: { ...common, ...jogged.result } };
}

/** Reports stop and result; the exit code. Throws the fault that stopped the robot, or that its stop was not confirmed. */
function report({ plan, stop, done }: JogOutcome, ui: CommandUi<JogEvent>): number {
  ui.event(stoppedEvent(plan, stop));
  const error = stopError(plan, stop);
  if (error !== null) throw error;
  ui.event(done);
  if (ui.signal.aborted) return EXIT_INTERRUPTED;
  return 'reached' in done && !done.reached ? 1 : 0;
}

/** Says what will drop. Throws E_USAGE for a driver without servos. */
function announceTorqueOff(url: DriverUrl, robot: RobotSpec, ui: CommandUi<JogEvent>): void {
  if (url.kind !== 'serial' || url.protocol === 'bridge') {
    throw new SoftqdError(
      'E_USAGE',
      "--torque-off is only supported for servo buses; other drivers follow the joints' stop mode",
    );
  }
  const names = robot.joints.map(({ name }) => name).join(', ');
  ui.info(`--torque-off: at the end torque goes off on ${names}; each of them that is not supported will drop`);
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
