import assert from 'node:assert/strict';
import { DRIVERS, EVENTS, expectationOf, nameOf, STOP_MODES, type Cell } from '../support/stop-matrix/cell.ts';
import { CellQueue, runRepeatedly } from '../support/stop-matrix/cell-queue.ts';
import { requireCurrentBuild } from '../support/stop-matrix/current-build.ts';
import { runObstruction } from '../support/stop-matrix/obstruction.ts';
import { hasProgram } from '../support/firmware.ts';
import { skipUnless } from '../support/skips.ts';

/** STOP_MATRIX_CELLS=feetech/damp runs the cells whose name matches this regular expression. */
const only = new RegExp(process.env['STOP_MATRIX_CELLS'] ?? '');
/** Devices and daemons at a time: two of each do not fit on two processors. */
const CONCURRENCY = 1;

const cells = DRIVERS.flatMap((driver) =>
  STOP_MODES.flatMap((mode) => EVENTS.map((event): Cell => ({ driver, mode, event }))),
).filter((cell) => only.test(nameOf(cell)));

// Each cell: a device and a run of the built program that moves it, an event, and what the device says about the stop. The table of what
// is required is test/support/stop-matrix/cell.ts; where a combination does not exist it says why and what is checked instead.
describe('stop matrix', function () {
  this.timeout(1_200_000);
  let queue: CellQueue;
  before(function () {
    skipUnless(this, hasProgram('script'), 'script (Debian: bsdutils)');
    requireCurrentBuild();
    queue = new CellQueue(cells, CONCURRENCY);
  });

  for (const cell of cells) {
    const { note } = expectationOf(cell);
    it(`${nameOf(cell)}${note === null ? '' : ` (${note})`}`, async () => {
      const { problems, exit, text } = await queue.result(cell);
      assert.ok(problems.length === 0, `${problems.join('\n')}\nexit ${String(exit)}\n${text.slice(-1500)}`);
    });
  }
});

/** A joint that was pushed against an obstruction stays where it is when that goes away, rad. */
const MAX_RELEASED_MOTION_RAD = 0.05;

describe('an obstruction that goes away after the stop', function () {
  this.timeout(300_000);
  before(() => requireCurrentBuild());

  for (const driver of ['feetech', 'dynamixel'] as const) {
    for (const event of ['ctrl-c', 'sigkill'] as const) {
      it(`moves the joint by less than ${MAX_RELEASED_MOTION_RAD} rad: ${driver}, hold, ${event}`, async () => {
        const { problems } = await runRepeatedly(`obstruction, ${driver}, ${event}`, async () => {
          const { movedRad, text } = await runObstruction(driver, event);
          return { problems: movedRad < MAX_RELEASED_MOTION_RAD ? [] : [`${movedRad} rad; ${text.slice(-1500)}`] };
        });
        assert.deepEqual(problems, []);
      });
    }
  }
});
