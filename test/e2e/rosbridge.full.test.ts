import assert from 'node:assert/strict';
import path from 'node:path';
import { loadRobot } from '../support/simulator.ts';
import { cli, Cli, errorCode, temporaryDirectory } from '../support/cli.ts';
import { COMMAND_TOPIC, startRobot } from '../support/rosbridge.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

describe('softqd run over rosbridge', function () {
  realTimeTests(this, 120_000);
  const data = temporaryDirectory();
  after(() => data.remove());
  /** A directory of its own for each run: a fault stays until it is cleared. */
  const reachIn = (name: string): string[] => [
    'run',
    '--robot',
    'so101',
    '--task',
    'reach',
    '--explore',
    '--data',
    path.join(data.path, name),
    '--json',
  ];
  const reach = reachIn('drives');
  /** Long timeouts: a busy machine must not delay a robot in a test. */
  const patient = ['--set', 'control.readingMaxAgeMs=1000', '--set', 'driver.receiveTimeoutMs=5000'];

  it('drives an arm in ROS within its limits, leaves it holding its position, and its log plays back bit-identically', async () => {
    const robot = await startRobot(loadRobot('so101'), { periodMs: 10 });
    try {
      const middle = loadRobot('so101').joints.map(
        ({ limits }) => ((limits.minPositionRadOrM ?? 0) + (limits.maxPositionRadOrM ?? 0)) / 2,
      );
      robot.positions.set(middle);
      const run = await cli([...reach, ...patient, '--duration', '2', '--driver', robot.url]);
      assert.equal(run.code, 0, run.stderr);
      assert.deepEqual(robot.server.log, []);
      const commands = robot.server.published.filter(({ topic }) => topic === COMMAND_TOPIC);
      assert.ok(commands.length > 20, `${commands.length} commands`);
      // The first command is the guard's, around the position; the last one is a guarded target again.
      robot.commands[0]!.forEach((target, i) => assert.ok(Math.abs(target - middle[i]!) < 0.05, String(target)));
      assert.deepEqual(robot.commands.at(-1), robot.commands.at(-2));
      const stopped = run.events.find(({ event }) => event === 'stopped')!;
      assert.equal(stopped['confirmed'], false);
      assert.match(JSON.stringify(stopped['text']), /ROS must provide the stop/);
      loadRobot('so101').joints.forEach(({ limits }, i) => {
        for (const targets of robot.commands) {
          assert.ok(targets[i]! >= limits.minPositionRadOrM! && targets[i]! <= limits.maxPositionRadOrM!);
        }
      });
      const done = run.events.at(-1)!;
      const played = await cli([...reach, ...patient, '--driver', `playback:${String(done['log'])}`]);
      assert.equal(played.code, 0, played.stderr);
      assert.equal((played.events.at(-1)!['playback'] as { commandMismatches: number }).commandMismatches, 0);
    } finally {
      await robot.stop();
    }
  });

  it('ends with the reason when the server disconnects, and arms again when configured', async () => {
    const robot = await startRobot(loadRobot('so101'), { periodMs: 10 });
    try {
      const driver = ['--duration', '20', '--driver', robot.url];
      const ending = new Cli([...reachIn('ends'), ...patient, ...driver]);
      await ending.event(({ event }) => event === 'status');
      await robot.restartServer();
      const ended = await ending.done;
      assert.equal(ended.code, 1);
      assert.equal(errorCode(ended), 'E_ROSBRIDGE_LOST');
      const going = new Cli([...reachIn('rearms'), ...patient, '--set', 'control.rearm=after-reconnect', ...driver]);
      await going.event(({ event }) => event === 'status');
      await robot.restartServer();
      const { length } = robot.commands;
      const deadlineMs = performance.now() + 30_000;
      while (robot.commands.length < length + 20 && performance.now() < deadlineMs) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(robot.commands.length >= length + 20, 'it drives again');
      going.child.kill('SIGINT');
      assert.equal((await going.done).code, 130);
    } finally {
      await robot.stop();
    }
  });

  it('jogs one joint by what it was told, decelerates at Ctrl-C, and ends with 130 also while connecting', async () => {
    const robot = await startRobot(loadRobot('so101'), { periodMs: 10 });
    const silent = await startRobot(loadRobot('so101'), { periodMs: 0 });
    const jog = ['jog', 'shoulder_pan', '--robot', 'so101', '--data', path.join(data.path, 'jog'), '--json'];
    try {
      const moved = await cli([...jog, '--by', '0.04', '--driver', robot.url]);
      assert.equal(moved.code, 0, moved.stderr);
      assert.equal(moved.events.at(-1)!['reached'], true);
      assert.ok(Math.abs(robot.positions[0]! - 0.04) <= 0.003, String(robot.positions[0]));
      const far = new Cli([...jog, '--to', '1.5', '--driver', robot.url]);
      await far.event(({ event, position }) => event === 'jog' && Number(position) > 0.1);
      far.child.kill('SIGINT');
      const stopped = await far.done;
      assert.equal(stopped.code, 130, stopped.stderr);
      assert.ok(robot.positions[0]! < 1.4, String(robot.positions[0]));
      const steps = robot.commands.slice(-8).map((targets) => targets[0]!);
      assert.ok(steps.at(-1) === steps.at(-2), `the last command repeats the last guarded one: ${steps.join()}`);
      const connecting = new Cli([...jog, '--by', '0.04', '--driver', silent.url]);
      while (silent.server.subscribes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      connecting.child.kill('SIGINT');
      assert.equal((await connecting.done).code, 130);
    } finally {
      await robot.stop();
      await silent.stop();
    }
  });

  it('reports an invalid URL and a server that does not listen', async () => {
    const wrong = await cli([...reach, '--driver', 'rosbridge://127.0.0.1:1?topic=/a']);
    assert.deepEqual([wrong.code, errorCode(wrong)], [2, 'E_USAGE']);
    const notListening = await cli([...reachIn('none'), '--driver', 'rosbridge://127.0.0.1:1']);
    assert.deepEqual([notListening.code, errorCode(notListening)], [1, 'E_CONNECT']);
  });
});
