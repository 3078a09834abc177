import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startSimulatorCommand, type SimulatorCommand } from '../../../src/processes/simulator-command.ts';

const launch = { robot: 'pendulum', mode: 'lock-step', controlPeriodS: 0.05 } as const;
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const entry = new URL('../../../src/processes/simulator-command.ts', import.meta.url).href;

/** The processes with this command line; one that has exited and was not collected yet has none. */
function running(commandLine: string): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'stat=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => !line.startsWith('Z') && line.endsWith(` ${commandLine}`));
}

async function untilGone(commandLine: string): Promise<void> {
  for (let i = 0; i < 200 && running(commandLine).length > 0; i++) await delay(50);
  assert.deepEqual(running(commandLine), []);
}

describe('a simulator that softqd starts by its command', () => {
  const started: SimulatorCommand[] = [];
  const start = async (command: string): Promise<SimulatorCommand> => {
    const process = await startSimulatorCommand({ ...launch, command });
    started.push(process);
    return process;
  };
  afterEach(async () => {
    for (const command of started.splice(0)) await command.close();
    delete process.env['SOFTQD_SIMULATOR_COMMAND'];
  });

  it('has port, token, mode, robot and period in its environment, and reports how it exited', async () => {
    process.env['SOFTQD_SIMULATOR_COMMAND'] = 'not for the simulator';
    const command = await start(`sh -c 'env | grep ^SOFTQD_SIMULATOR_ | sort; exit 7'`);
    const [exit, ...lines] = (await command.exited).split('\n');
    assert.equal(exit, 'exit code 7, its last output:');
    assert.deepEqual(lines, [
      'SOFTQD_SIMULATOR_CONTROL_PERIOD_S=0.05',
      'SOFTQD_SIMULATOR_HOST=127.0.0.1',
      'SOFTQD_SIMULATOR_MODE=lock-step',
      `SOFTQD_SIMULATOR_PORT=${new URL(command.url).port}`,
      'SOFTQD_SIMULATOR_ROBOT=pendulum',
      `SOFTQD_SIMULATOR_TOKEN=${command.token}`,
    ]);
    assert.ok(command.token.length >= 32);
  });

  it('is started without a shell', async () => {
    const command = await start(`echo $HOME '*' "|"`);
    assert.equal(await command.exited, 'exit code 0, its last output:\n$HOME * |');
  });

  it('ends with everything that it started', async () => {
    const command = await start(`sh -c 'trap "" TERM; sleep 98761 & exec sleep 98762'`);
    while (running('sleep 98761').length + running('sleep 98762').length < 2) await delay(50);
    await command.close();
    assert.equal(await command.exited, 'SIGKILL');
    await untilGone('sleep 98761');
    await untilGone('sleep 98762');
  });

  it('ends when the process that started it is killed', async () => {
    const script =
      `const { startSimulatorCommand } = await import(${JSON.stringify(entry)});` +
      `await startSimulatorCommand(${JSON.stringify({ ...launch, command: 'sleep 98763' })});` +
      'console.log(1); setInterval(() => {}, 1000);';
    const parent = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    });
    await once(parent.stdout, 'data');
    assert.equal(running('sleep 98763').length, 1);
    parent.kill('SIGKILL');
    await untilGone('sleep 98763');
  });

  it('rejects a program that is not there', async () => {
    await assert.rejects(start('no-such-program --port 1'), {
      code: 'E_USAGE',
      message: /cannot start the simulator command no-such-program --port 1: .*ENOENT/,
    });
  });
});
