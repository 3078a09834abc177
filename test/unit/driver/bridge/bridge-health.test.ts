import assert from 'node:assert/strict';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import { EffortReport } from '../../../../src/driver/effort-joints.ts';
import { bridgeReading } from '../../../../src/driver/bridge/bridge-reading.ts';
import type { LinkReading } from '../../../../src/wire/bridge/index.ts';
import { robotOf } from '../../../support/robots.ts';

const robot = robotOf({
  kind: 'hardware',
  joints: [
    { name: 'shoulder', commandMode: 'position', limits: { maxEffortNmOrN: 2 } },
    { name: 'wheel', commandMode: 'velocity', limits: {} },
    { name: 'pole', commandMode: 'effort', limits: { maxEffortNmOrN: 1 } },
  ],
});

function message(supplyVoltageV: number, temperaturesC: readonly number[]): LinkReading {
  const zeros = new Float64Array(3);
  return {
    ...{ type: 'reading', deviceTimeUs: 0, sequence: 0, positions: zeros, velocities: zeros, efforts: zeros },
    ...{ appliedTargets: new Float64Array(0), supplyVoltageV, temperaturesC: Float64Array.from(temperaturesC) },
    ...{ flags: 0, state: 'armed', stopReason: 'none', commandSequence: 0, session: 1 },
  } as unknown as LinkReading;
}

describe('the condition of the motors behind a board', () => {
  const stamp = { sequence: 0, arrivalNs: 0 };

  it('is its supply voltage and the temperatures that it measures', () => {
    const { health } = bridgeReading(message(11.5, [41, NaN]), robot, stamp);
    assert.deepEqual(health, [
      { temperatureC: 41, supplyV: 11.5, load: null },
      { temperatureC: null, supplyV: 11.5, load: null },
      { temperatureC: null, supplyV: 11.5, load: null },
    ]);
  });

  it('is not known where it measures nothing', () => {
    const { health } = bridgeReading(message(0, []), robot, stamp);
    assert.deepEqual(health?.[0], { temperatureC: null, supplyV: null, load: null });
  });
});

describe('the report of effort that is not limited', () => {
  it('names the joints with a limit in the robot file that are not commanded by effort, once', () => {
    const logger = new RecordingLogger();
    const report = new EffortReport(robot, 'their motor drivers', logger);
    assert.deepEqual(report.joints, ['shoulder']);
    report.report();
    report.report();
    assert.deepEqual(
      logger.entries.map(({ level, message: text }) => [level, text]),
      [['warning', `${robot.name}: effort not limited: shoulder may use what their motor drivers allow`]],
    );
  });
});
