import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdStatus } from '../../src/driver/index.ts';
import { controlPaths } from '../../src/processes/index.ts';
import { statedRangeSteps } from '../../src/robot/calibration-range.ts';
import { calibrationText } from '../../src/robot/parse-calibration.ts';
import { requireAddon } from '../support/addon.ts';
import { cli, errorCode } from '../support/cli.ts';
import type { ServoGroundTruth } from '../support/servo-ground-truth.ts';
import { loadRobot } from '../support/simulator.ts';
import { skipUnless } from '../support/skips.ts';
import { hasTerminal, Terminal } from '../support/terminal.ts';
import { VirtualServos } from '../support/virtual-servos.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

describe('calibrate --verify-directions, judged by the ground truth of the arm', function () {
  realTimeTests(this, 240_000);
  // A stall of a busy machine stops a motion.
  this.retries(2);
  let servos: VirtualServos;
  let words: readonly string[];

  before(function () {
    requireAddon(this);
    skipUnless(this, hasTerminal(), 'script (Debian: bsdutils)');
  });
  beforeEach(async () => {
    servos = await VirtualServos.start('so101');
    words = ['calibrate', ...servos.flags, '--import', ownCalibration(servos), '--verify-directions'];
  });
  afterEach(() => servos.close());

  it('on a terminal: asks first, says what moves, and takes no for an answer; no run then drives the robot', async () => {
    const terminal = new Terminal(words);
    const asked = await terminal.shows(/keep clear\. Type yes to continue: /);
    // Without torque the arm sinks.
    assert.equal(torqueOnMs(await servos.truth()), null);
    terminal.type('yes\r');
    const first = await terminal.shows(/shoulder_pan moves the tip to the \w+, [^?]*Was it so\? \[yes\/no\]: /, asked);
    terminal.type('perhaps\r');
    const again = await terminal.shows(/Was it so\? \[yes\/no\]: /, first);
    terminal.type('yes\r');
    await terminal.shows(/shoulder_lift moves the tip [^?]*Was it so\? \[yes\/no\]: /, again);
    terminal.type('no\r');
    assert.equal(await terminal.exitCode(), '3', terminal.text);
    assert.match(terminal.text, /direction of shoulder_lift is not proven: it was not seen/);
    assert.match(terminal.text, /torque ON, holding; damp in 5 min/);
    const truth = await servos.truth();
    const atMs = torqueOnMs(truth)!;
    const motions = [0, 1, 2, 3, 4, 5].map((joint) => truth.motion(joint, atMs));
    for (const moved of motions.slice(0, 2)) assert.ok(moved > 0.07 && moved < 0.16, motions.join(' '));
    for (const other of motions.slice(2)) assert.ok(other < 0.06, motions.join(' '));
    const kept = JSON.parse(readFileSync(join(servos.data, 'faults', 'so101.json'), 'utf8')) as { code: string };
    assert.equal(kept.code, 'E_CALIBRATION');
    const run = await cli(['run', ...servos.flags, '--task', 'reach', '--explore', '--json']);
    assert.deepEqual([run.code, errorCode(run)], [3, 'E_FAULT_STICKY']);
  });

  it('Ctrl-C at a question leaves the arm by its stop plan; without an answer nothing moves', async () => {
    const refused = new Terminal(words);
    await refused.shows(/Type yes to continue: /);
    refused.type('\r');
    assert.equal(await refused.exitCode(), '2', refused.text);
    assert.equal(torqueOnMs(await servos.truth()), null);

    const terminal = new Terminal(words);
    await terminal.shows(/Type yes to continue: /);
    terminal.type('yes\r');
    await terminal.shows(/Was it so\? \[yes\/no\]: /);
    terminal.type('\u0003');
    assert.equal(await terminal.exitCode(), '130', terminal.text);
    const held = await holdStatus(controlPaths(servos.data, 'so101', null).holdSocket);
    assert.deepEqual(
      held?.joints.map(({ mode }) => mode),
      Array(6).fill('hold'),
    );
  });

  it('without a terminal it needs --yes, and compares what the servos measure', async () => {
    const refused = await cli([...words, '--json']);
    assert.deepEqual([refused.code, errorCode(refused)], [2, 'E_USAGE']);
    const { code, events, stderr } = await cli([...words, '--yes', '--json']);
    assert.equal(code, 0, JSON.stringify(events.at(-1)) + stderr);
    const directions = events.filter(({ event }) => event === 'direction');
    assert.deepEqual(
      directions.map(({ joint, seen }) => [joint, seen]),
      loadRobot('so101').joints.map(({ name }) => [name, null]),
    );
    assert.equal(events.at(-1)!['directionsVerified'], true);
    const truth = await servos.truth();
    const atMs = torqueOnMs(truth)!;
    for (const [joint, { commanded }] of directions.entries()) {
      const moved = truth.motion(joint, atMs);
      assert.ok(moved > 0.6 * Math.abs(Number(commanded)) && moved < 0.16, `joint ${joint}: ${moved}`);
    }
  });
});

/** When the last servo got torque for the first time; null: none has. */
function torqueOnMs(truth: ServoGroundTruth): number | null {
  const on = truth.writes().filter(({ register, value }) => register === 'torqueEnable' && value === 1);
  return on.length === 0
    ? null
    : Math.max(...[1, 2, 3, 4, 5, 6].map((id) => on.find((write) => write.id === id)!.atMs));
}

/** The calibration with which the virtual servos start, as a file. */
function ownCalibration({ directory, robot: name }: VirtualServos): string {
  const robot = loadRobot(name);
  const { servos } = robot.servoBus!;
  const joints = robot.joints.map((joint, i) => {
    const half = statedRangeSteps(robot, i)! / 2;
    const [minimumSteps, maximumSteps] = [Math.round(2048 - half), Math.round(2048 + half)];
    const { id, direction } = servos[i]!;
    return { name: joint.name, id, direction, homingOffsetSteps: 0, minimumSteps, maximumSteps };
  });
  const file = join(directory.path, 'own.json');
  writeFileSync(file, calibrationText({ robot: robot.name, joints }));
  return file;
}
