import type { CommandFunction } from '../../cli/index.ts';
import { listRobots } from '../../config/index.ts';
import { runningDaemons } from '../../processes/index.ts';
import { storedRuns } from '../../runs/index.ts';
import { serialPorts } from '../../serial/index.ts';
import { calibratedRobots } from '../../servo/index.ts';
import { nextCommands } from './next-commands.ts';
import type { OverviewOptions, OverviewResult } from './types.ts';

const NEWEST_RUNS = 5;

/** `softqd` without a command: what there is on this machine, and what to do next. Opens no port and changes nothing. */
export const overviewCommand: CommandFunction<OverviewOptions, OverviewResult> = async (options, ui) => {
  const { directory } = (await options.configure()).config.data;
  const all = storedRuns(directory);
  const found = {
    ports: await serialPorts(),
    running: runningDaemons(directory).map(({ robot, id, pid }) => ({ robot, id, pid })),
    calibrated: calibratedRobots(directory),
    runs: all.slice(0, NEWEST_RUNS),
    runsTotal: all.length,
  };
  const robots = await listRobots();
  const servoProtocols = await protocolsOf(
    robots.filter((name) => found.calibrated.some(({ robot }) => robot === name)),
    options,
  );
  ui.event({ ...found, next: nextCommands({ ...found, runs: all, robots, servoProtocols }, options) });
  return 0;
};

async function protocolsOf(robots: readonly string[], { configure }: OverviewOptions): Promise<Record<string, string>> {
  const protocols: Record<string, string> = {};
  for (const name of robots) {
    const bus = (await configure({ robot: name })).robot?.servoBus;
    if (bus !== undefined) protocols[name] = bus.protocol;
  }
  return protocols;
}
