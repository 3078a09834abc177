import { SoftqdError } from '../../base/errors.ts';
import { EXIT_INTERRUPTED, type CommandFunction } from '../../cli/index.ts';
import { CheckConnection, checkSimulator } from '../../commissioning/simulator-check/index.ts';
import { listRobots } from '../../config/index.ts';
import { readToken } from '../../processes/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { CleanupStack, openSimulatorCommand, requireRobot, type CommandUi } from '../../runs/index.ts';
import type { SimulatorCheckOptions, SimulatorCheckResult } from './types.ts';

/** `softqd simulator check`: checks each rule of the protocol. Returns 1 when one is broken. */
export const simulatorCheckCommand: CommandFunction<SimulatorCheckOptions, SimulatorCheckResult> = async (
  options,
  ui,
) => {
  const closer = new CleanupStack();
  try {
    const where = await reach(options, ui, closer);
    const robot = await robotOf(options, where);
    const { mode, rules, stepMs } = await checkSimulator({ ...where, robot }, ui.signal);
    if (ui.signal.aborted) return EXIT_INTERRUPTED;
    const count = (wanted: string): number => rules.filter(({ result }) => result === wanted).length;
    const broken = count('broken');
    ui.event({
      ...{ simulator: where.simulator, robot: robot.name, mode },
      ...{ ok: count('ok'), broken, skipped: count('skipped'), stepMs, rules },
    });
    return broken === 0 ? 0 : 1;
  } finally {
    await closer.close();
  }
};

interface Reached {
  /** As the user wrote it. */
  readonly simulator: string;
  readonly url: string;
  readonly token: string | null;
  readonly timeoutMs: number;
}

/** Connects once: a command is started, and a running simulator that is not there is E_CONNECT, not a broken rule. */
async function reach(
  { configure, robot, mode }: SimulatorCheckOptions,
  ui: Pick<CommandUi<never>, 'info' | 'signal'>,
  closer: CleanupStack,
): Promise<Reached> {
  const { robot: spec, config } = await configure(robot === null ? {} : { robot });
  const { url, command, startTimeoutMs, tokenFile, receiveTimeoutMs: timeoutMs } = config.simulator;
  const connect = async (where: { url: string; token: string | null }): Promise<Reached> => {
    await CheckConnection.open({ ...where, timeoutMs }).then(
      (connection) => connection.close(),
      (error: unknown) => {
        // It answers, in whatever way: the rules say what is wrong.
        if (!(error instanceof SoftqdError) || error.values['status'] === undefined) throw error;
      },
    );
    return { ...where, simulator: command ?? where.url, timeoutMs };
  };
  if (command === null) return connect({ url: url!, token: tokenFile === null ? null : readToken(tokenFile) });
  return openSimulatorCommand({
    ...{ command, mode, startTimeoutMs, connect, ui, closer },
    robot: spec?.name ?? '',
    controlPeriodS: spec?.controlPeriodS ?? 0,
  });
}

/** The robot of `--robot`, or the one that the simulator names when it rejects an unknown robot. */
async function robotOf({ configure, robot }: SimulatorCheckOptions, where: Reached): Promise<RobotSpec> {
  if (robot !== null) return requireRobot(await configure({ robot })).robot;
  const connection = await CheckConnection.open(where).catch(() => null);
  let text = '';
  if (connection !== null) {
    connection.send({ type: 'hello', protocolVersion: 1, role: 'watcher', robot: '', controlPeriodS: 0 });
    const reply = await connection.next('Hello was not answered').catch(() => null);
    if (reply?.type === 'error') text = reply.message;
    if (reply?.type === 'spec') text = reply.spec.robot;
    await connection.close();
  }
  const named = (await listRobots()).find((name) => text.split(/[^a-z0-9-]+/).includes(name));
  if (named !== undefined) return requireRobot(await configure({ robot: named })).robot;
  throw new SoftqdError('E_USAGE', 'the simulator does not name a robot that softqd knows', {
    hint: 'Pass --robot NAME, or a folder with its robot.json5.',
    values: { simulator: where.simulator },
  });
}
