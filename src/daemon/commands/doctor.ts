import { engineBackends } from '../../engine/index.ts';
import {
  dataDirectoryCheck,
  machineCheck,
  nodeCheck,
  portsCheck,
  runDoctor,
  type Check,
  type Finding,
} from '../../workshop/index.ts';
import type { CommandFunction, DoctorOptions } from '../command-ui.ts';

/** Which engine and backend would learn here, and what to do for a faster one. */
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
            detail: 'works, and is what "auto" takes here',
            next: null,
          };
        if (backend.available) return { id: `engine.${backend.name}`, level: 'ok', title, detail: 'works', next: null };
        return {
          id: `engine.${backend.name}`,
          level: 'note',
          title,
          detail: backend.reason,
          next: nextStep(backend.name),
        };
      });
    },
  };
}

function nextStep(backend: string): string {
  if (backend === 'native')
    return 'Install a C++ compiler (Debian: apt install g++) and run npm rebuild; learning works without it, more slowly.';
  if (backend === 'tensorflow')
    return 'In a checkout run scripts/tfjs-node-from-registry.sh after npm ci; learning works without it.';
  return 'Run npm ci again.';
}

/** `softqd doctor`: what this machine can do, each finding with the next step. Exit code 1 when something is a problem. */
export const doctorCommand: CommandFunction<DoctorOptions> = async (options, ui) => {
  const { config } = await options.configure();
  const findings = await runDoctor([
    nodeCheck(),
    machineCheck(),
    dataDirectoryCheck(config.data.directory),
    portsCheck([
      { name: 'simulator', host: config.simulator.host, port: config.simulator.port, key: 'simulator.port' },
    ]),
    engineCheck(),
  ]);
  ui.event({ findings });
  return findings.some((finding) => finding.level === 'problem') ? 1 : 0;
};
