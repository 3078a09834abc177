import { loadAddon } from '../../addon/index.ts';
import { MonotonicClock } from '../../base/monotonic-clock.ts';
import type { LoadedConfig } from '../../config/index.ts';
import { engineBackends } from '../../engine/index.ts';
import {
  busCheck,
  busOpener,
  dataDirectoryCheck,
  machineCheck,
  nodeCheck,
  parseServoUrl,
  portsCheck,
  runDoctor,
  schedulingCheck,
  serialPortsCheck,
  type Check,
  type Finding,
  type ServoAddress,
} from '../../commissioning/index.ts';
import { readCalibration } from '../../servo/index.ts';
import { serialPorts } from '../../serial/index.ts';
import type { CommandFunction } from '../../cli/index.ts';
import type { CommandUi } from '../../runs/index.ts';
import type { DoctorOptions, DoctorResult } from './types.ts';

/** The engines that are available, and what to do for a faster one. */
function engineCheck(): Check {
  return {
    id: 'engine',
    run: async () => {
      const backends = await engineBackends();
      const best = backends.find((backend) => backend.available);
      return backends.map((backend): Finding => {
        const title = `learning with ${backend.name}`;
        if (backend === best)
          return {
            id: `engine.${backend.name}`,
            level: 'ok',
            title,
            detail: 'available; selected by "auto"',
            hint: null,
          };
        if (backend.available) return { id: `engine.${backend.name}`, level: 'ok', title, detail: 'works', hint: null };
        return {
          id: `engine.${backend.name}`,
          level: 'info',
          title,
          detail: backend.reason,
          hint: engineHint(backend.name),
        };
      });
    },
  };
}

function engineHint(backend: string): string {
  if (backend === 'native')
    return 'Optional: install a C++ compiler (Debian: apt install g++) and run npm rebuild for faster training.';
  if (backend === 'tensorflow')
    return 'In a checkout run scripts/tfjs-node-from-registry.sh after npm ci; learning works without it.';
  return 'Run npm ci again.';
}

/** Whether the native ticker is available: without it, ticks come from timers and are half a millisecond late. */
function tickerCheck(): Check {
  return {
    id: 'ticker',
    run: () => {
      const found = loadAddon();
      const available = found.addon !== null;
      return Promise.resolve([
        {
          id: 'ticker',
          level: available ? 'ok' : 'info',
          title: 'control loop timer',
          detail: available ? 'native' : `Node.js timers, about 0.5 ms late: ${found.reason}`,
          hint: available ? null : 'Install a C++ compiler (Debian: apt install g++) and run npm rebuild.',
        },
      ]);
    },
  };
}

/** Checks of the bus of --driver, or with --scan of every port that is not in use. Nothing else is opened. */
async function busChecks(
  options: DoctorOptions,
  { config, robot }: LoadedConfig,
  ui: Pick<CommandUi, 'info'>,
): Promise<Check[]> {
  const calibration =
    robot === null
      ? () => Promise.resolve(null)
      : () => readCalibration({ dataDirectory: config.data.directory, robot, id: options.robotId });
  const servos = robot?.servoBus === undefined ? null : robot;
  return (await busAddresses(options, servos?.servoBus?.protocol ?? null)).map((address) =>
    busCheck({
      ...address,
      robot: servos?.servoBus?.protocol === address.protocol ? servos : null,
      open: busOpener(ui),
      calibration,
      clock: new MonotonicClock(),
      expected: options.driverUrl !== null,
    }),
  );
}

async function busAddresses(
  { driverUrl, scan }: DoctorOptions,
  protocol: ServoAddress['protocol'] | null,
): Promise<readonly ServoAddress[]> {
  if (driverUrl !== null) return [parseServoUrl(driverUrl)];
  if (!scan) return [];
  const free = (await serialPorts()).filter(({ openers, permitted }) => openers.length === 0 && permitted);
  const protocols = protocol === null ? (['feetech', 'dynamixel'] as const) : [protocol];
  return free.flatMap(({ path }) => protocols.map((name) => ({ protocol: name, address: path, baudRate: null })));
}

/** `softqd doctor`: checks this machine and reports findings with hints. Exit code 1 when a finding is an error. */
export const doctorCommand: CommandFunction<DoctorOptions, DoctorResult> = async (options, ui) => {
  const loaded = await options.configure();
  const { config } = loaded;
  const findings = await runDoctor([
    nodeCheck(),
    machineCheck(),
    dataDirectoryCheck(config.data.directory),
    portsCheck([
      { name: 'simulator', host: config.simulator.host, port: config.simulator.port, key: 'simulator.port' },
    ]),
    engineCheck(),
    tickerCheck(),
    schedulingCheck(),
    serialPortsCheck(),
    ...(await busChecks(options, loaded, ui)),
  ]);
  ui.event({ findings });
  return findings.some((finding) => finding.level === 'error') ? 1 : 0;
};
