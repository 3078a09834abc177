import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SimulatedClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { connectSimulator, type ConnectSimulatorOptions, type SimulatorConnection } from '../../src/driver/index.ts';
import { createWorld } from '../../src/simulator/index.ts';
import { SIMULATION_SUBPROTOCOL } from '../../src/wire/simulation/simulation-messages.ts';
import { hello, rawClient } from '../support/raw-client.ts';
import { loadRobot } from '../support/simulator.ts';
import { skipUnless } from '../support/skips.ts';

const script = path.join(import.meta.dirname, '../../examples/10-write-a-simulator-in-python/simulator_pendulum.py');
const robot = loadRobot('pendulum');
const initial = { qpos: Float64Array.of(2.5), qvel: Float64Array.of(-0.25) };

describe('the example simulator in Python', () => {
  let child: ChildProcess | undefined;
  let url: string;
  const connections: SimulatorConnection[] = [];

  before(function () {
    skipUnless(this, spawnSync('python3', ['--version']).status === 0, 'python3 runs the example simulator');
  });
  const run = (...flags: string[]): Promise<void> => start(script, flags);
  const start = async (file: string, flags: readonly string[] = []): Promise<void> => {
    const python = spawn('python3', [file, '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
    child = python;
    url = await new Promise((resolve) => {
      let text = '';
      python.stdout.on('data', (part: Buffer) => {
        text += part.toString();
        const found = /ws:\/\/\S+(?=\s)/.exec(text);
        if (found) resolve(found[0]);
      });
    });
  };
  const connect = async (options: Partial<ConnectSimulatorOptions> = {}): Promise<SimulatorConnection> => {
    const connection = await connectSimulator({
      url,
      robot,
      role: 'controller',
      controlPeriodS: 0.05,
      clock: new SimulatedClock(),
      logger: silentLogger,
      ...options,
    });
    connections.push(connection);
    return connection;
  };
  afterEach(async () => {
    for (const { driver } of connections.splice(0)) await driver.close();
    child?.kill('SIGKILL');
  });

  it('moves like the embedded world, saves and loads', async () => {
    await run();
    const { client, spec } = await connect();
    assert.deepEqual(spec, {
      robot: 'pendulum',
      jointNames: ['pivot'],
      sensors: [],
      controlPeriodS: 0.05,
      physicsStepS: 0.05,
      mode: 'lock-step',
      resetsBySeedOnly: false,
      savesNoState: false,
    });
    const world = await createWorld(robot, '');
    world.reset(initial);
    await client.reset(initial);
    let saved = new Uint8Array();
    for (let i = 0; i < 100; i++) {
      // Not a float32, so that both multiply in float64.
      const targets = Float64Array.of(2.5 * Math.sin(i / 3) + 0.1);
      world.step(targets);
      const [ours, theirs] = [world.reading(), await client.command(i, targets)];
      assert.ok(Math.abs(ours.positions[0]! - theirs.positions[0]!) < 1e-9, `step ${i}`);
      assert.ok(Math.abs(ours.velocities[0]! - theirs.velocities[0]!) < 1e-9);
      assert.ok(Math.abs(ours.deviceTimeS - theirs.deviceTimeS) < 1e-12);
      assert.equal(theirs.sequence, ours.sequence);
      if (i === 49) saved = Uint8Array.from(await client.saveState());
    }
    assert.equal((await client.loadState(saved)).sequence, 51);
  });

  it('rejects a second controller, another robot and another period, and accepts the next controller afterwards', async () => {
    await run();
    const first = await connect();
    await assert.rejects(connect(), { code: 'E_CONTROLLER_TAKEN' });
    await first.driver.close();
    await assert.rejects(connect({ controlPeriodS: 0.07 }), {
      code: 'E_PROTOCOL_MISMATCH',
      message: /0\.07 s is no multiple/,
    });
    await assert.rejects(connect({ robot: loadRobot('arm2'), controlPeriodS: 0.05 }), { code: 'E_PROTOCOL_MISMATCH' });
    const second = await connect({ controlPeriodS: 0.1 });
    await assert.rejects(second.client.reset({ qpos: Float64Array.of(1, 2), qvel: Float64Array.of(0) }), {
      code: 'E_SIMULATOR',
    });
    assert.equal((await second.client.reset(initial)).positions[0], 2.5);
  });

  it('requires its token and rejects invalid frames', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'softqd-token-'));
    writeFileSync(path.join(directory, 'token'), 'correct-horse\n');
    await run('--token-file', path.join(directory, 'token'));
    rmSync(directory, { recursive: true });
    await assert.rejects(connect(), { code: 'E_UNAUTHORIZED' });
    await assert.rejects(connect({ token: 'wrong' }), { code: 'E_UNAUTHORIZED' });
    const protocols = [SIMULATION_SUBPROTOCOL, 'bearer.correct-horse'];
    const text = await rawClient(url, protocols);
    text.socket.send('hello');
    assert.equal(await text.closed, 1003);
    const large = await rawClient(url, protocols);
    large.socket.send(Buffer.alloc((1 << 20) + 1));
    assert.equal(await large.closed, 1009);
    const garbage = await rawClient(url, protocols);
    garbage.send(hello());
    await garbage.next();
    garbage.socket.send(Buffer.from([0x0f]));
    const refusal = await garbage.next();
    assert.ok(refusal.type === 'error' && refusal.code === 'E_FRAME_INVALID');
    await garbage.closed;
    assert.equal((await connect({ token: 'correct-horse' })).mode, 'lock-step');
  });

  it('says what its world raises, and where, and continues', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'softqd-world-'));
    const file = path.join(directory, 'broken.py');
    const helper = path.join(import.meta.dirname, '../../examples/simulators');
    writeFileSync(
      file,
      `import sys
sys.path.insert(0, ${JSON.stringify(helper)})
from softqd_simulator import Simulator, serve
class Broken(Simulator):
    robot, joints, physics_step_s = "pendulum", ["pivot"], 0.05
    def __init__(self):
        self.theta = 0.0
    def reset_by_seed(self, seed):
        self.theta = float(seed)
    def step(self, targets):
        self.theta += 1 / self.theta
    def reading(self):
        return [self.theta], [0.0], [0.0], {}
serve(Broken())
`,
    );
    await start(file);
    rmSync(directory, { recursive: true });
    const { client } = await connect();
    await client.reset({ ...initial, seed: 0 });
    await assert.rejects(client.command(1, Float64Array.of(0)), {
      code: 'E_SIMULATOR',
      message: `simulator: ${file}:11: step: ZeroDivisionError: float division by zero`,
    });
    await client.reset({ ...initial, seed: 2 });
    assert.equal((await client.command(2, Float64Array.of(0))).positions[0], 2.5);
  });
});
