import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireAddon } from '../support/addon.ts';
import { cli, errorCode, temporaryDirectory, type CliResult } from '../support/cli.ts';
import { ServoGroundTruth } from '../support/servo-ground-truth.ts';
import { startVirtualRobot, startVirtualRun } from '../support/virtual-run.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

/** Seconds after the start of the virtual robot at which servo 1 or 2 has an overload. */
const OVERLOADS = [
  [1, 25],
  [2, 29],
  [1, 33],
  [2, 37],
] as const;
const FAULTS = OVERLOADS.map(([id, atS]) => `overload=${id}@${atS}s`);
/** From the fault until the others have come to rest. */
const STOPPING_MS = 300;
const MAX_SPEED_RAD_PER_S = 4;

/** A copy of a shipped robot whose file asks for recovery. */
function copyWithRecovery(robot: string, folder: string): string {
  const directory = join(folder, robot);
  cpSync(join('config/robots', robot), directory, { recursive: true });
  const file = join(directory, 'robot.json5');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('  robot: {', '  robot: {\n    health: { overloadRecovery: true },'));
  return directory;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('recovery from an overload, judged by the ground truth', function () {
  realTimeTests(this, 180_000);

  before(function () {
    requireAddon(this);
  });

  for (const name of ['so101', 'koch'] as const) {
    const folder = temporaryDirectory();
    let result: CliResult;
    let truth: ServoGroundTruth;
    let played: CliResult;

    describe(name, () => {
      before(async () => {
        const robot = copyWithRecovery(name, folder.path);
        const virtual = await startVirtualRobot(robot, ['--fault', FAULTS.join(',')]);
        const running = await startVirtualRun(virtual, 'reach', ['--duration', '60']);
        const run = String((await running.event(({ event }) => event === 'started'))['run']);
        result = await running.done;
        await wait(300);
        truth = virtual.truth();
        const again = ['run', '--robot', robot, '--task', 'reach', '--data', virtual.data, '--json'];
        played = await cli([...again, '--driver', `playback:${run}`]);
        await virtual.close();
      });
      after(() => folder.remove());

      it('takes the fourth in five minutes for a fault', () => {
        assert.equal(errorCode(result), 'E_SERVO_STATUS', result.stderr);
        const enabled = OVERLOADS.map(([id, atS]) => enabledAt(id, atS));
        assert.ok(enabled.slice(0, 3).every(Number.isFinite), String(enabled));
        assert.ok(Number.isNaN(enabled[3]), String(enabled));
      });

      it('holds the other joints meanwhile, and continues where the joint is, without a jump', () => {
        for (const [id, atS] of OVERLOADS.slice(0, 3)) {
          const faultMs = truth.faultMs(`overload=${id}`, atS);
          const enabledMs = enabledAt(id, atS);
          for (const joint of [2, 3, 4, 5]) {
            const moved = enabledMs < faultMs + STOPPING_MS ? 0 : truth.motion(joint, faultMs + STOPPING_MS, enabledMs);
            assert.ok(moved < 0.05, `joint ${joint + 1} moved ${moved} rad`);
          }
          assert.ok(truth.motion(id - 1, enabledMs + 500, enabledMs + 3000) > 0.03, `joint ${id} does not move again`);
        }
        const first = enabledAt(1, OVERLOADS[0][1]);
        const speed = truth.maxSpeed(0, first, first + 1000);
        assert.ok(speed < MAX_SPEED_RAD_PER_S, `joint 1 leapt at ${speed} rad/s`);
      });

      it('tells the person, and a playback of its log gives the same commands', () => {
        assert.equal(result.stderr.match(/recovered from an overload, armed where it is \([123] of 3/g)?.length, 3);
        assert.equal(played.code, 0, played.stderr + JSON.stringify(played.events.at(-1)));
      });

      /** When torque of the servo was enabled after its overload, ms; NaN: not at all. */
      function enabledAt(id: number, atS: number): number {
        const faultMs = truth.faultMs(`overload=${id}`, atS);
        const enabled = truth
          .writes()
          .find(
            (write) =>
              write.id === id && write.register === 'torqueEnable' && write.value === 1 && write.atMs > faultMs,
          );
        return enabled?.atMs ?? NaN;
      }
    });
  }
});
