import assert from 'node:assert/strict';
import { closeStep, type LoopState, type Sample } from '../../../src/control/index.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { pendulumReading, pendulumRobot } from '../../support/control-loop.ts';
import { withPendingStep } from '../../support/pending-step.ts';

const MS = 1e6;
const { robot, initial } = pendulumRobot({ horizon: 2 });
const context = { robots: [robot], sessionUuid: 'session', maxReadingAgeNs: 200 * MS };

function sampleAt(timeNs: number, ...readings: (Reading | null)[]): Sample {
  return { tick: { index: 0, deadlineNs: timeNs, wakeNs: timeNs, startNs: timeNs, skipped: 0 }, readings };
}

describe('closeStep', () => {
  it('ends no step when none is pending, and keeps the reading', () => {
    const reading = pendulumReading(1, 50 * MS, 0.2);
    const { state, steps } = closeStep(context, initial, sampleAt(50 * MS, reading));
    assert.deepEqual(steps, [{ reading, stale: false, transition: null, end: null }]);
    assert.deepEqual(state, { ...initial, robots: [{ ...initial.robots[0]!, reading }] });
  });

  it('makes a transition of the pending step and the reading that ends it', () => {
    const before = withPendingStep(initial, 0, { timeNs: 3 * MS });
    const reading = pendulumReading(1, 50 * MS, 0.2, 1);
    const { state, steps } = closeStep(context, before, sampleAt(50 * MS, reading));
    const { transition, end } = steps[0]!;
    assert.equal(end, null);
    assert.deepEqual([transition!.sessionUuid, transition!.sequence], ['session', 0]);
    assert.deepEqual([transition!.episode, transition!.step, transition!.monotonicTimeNs], [0, 0, 3 * MS]);
    assert.deepEqual([...transition!.nextObservation], [Math.fround(Math.cos(0.2)), Math.fround(Math.sin(0.2)), 1]);
    const [after] = state.robots;
    assert.deepEqual([state.nextSequence, after!.stepsTaken, after!.pendingStep], [1, 1, null]);
    assert.equal(after!.reading, reading);
  });

  it('changes neither the state nor the sample, and returns the same result again', () => {
    const before = withPendingStep(initial, 0);
    const sampled = sampleAt(50 * MS, pendulumReading(1, 50 * MS, 0.2));
    const copy = structuredClone(before);
    const first = closeStep(context, before, sampled);
    assert.deepEqual(before, copy);
    assert.deepEqual(closeStep(context, before, sampled), first);
  });

  it('keeps the reading of the state when none has arrived', () => {
    const { steps } = closeStep(context, initial, sampleAt(50 * MS, null));
    assert.equal(steps[0]!.reading, initial.robots[0]!.reading);
  });

  it('drops a reading from before the start of the episode', () => {
    const reading = pendulumReading(5, 40 * MS);
    const begun: LoopState = { ...initial, robots: [{ ...initial.robots[0]!, reading }] };
    const { steps } = closeStep(context, begun, sampleAt(50 * MS, pendulumReading(4, 39 * MS)));
    assert.equal(steps[0]!.reading, reading);
  });

  it('truncates at the horizon', () => {
    const { steps } = closeStep(context, withPendingStep(initial, 1), sampleAt(50 * MS, pendulumReading(1, 50 * MS)));
    const { transition, end } = steps[0]!;
    assert.deepEqual(
      [transition!.terminated, transition!.truncated, end],
      [false, true, { terminated: false, outcome: null }],
    );
  });

  it('truncates at a stale reading', () => {
    const { steps } = closeStep(context, withPendingStep(initial, 0), sampleAt(300 * MS, pendulumReading(1, 50 * MS)));
    assert.deepEqual([steps[0]!.stale, steps[0]!.transition!.truncated], [true, true]);
  });

  it('numbers the transitions of several robots in their order', () => {
    const two = { ...context, robots: [robot, robot] };
    const [state] = withPendingStep(initial, 0).robots;
    const sampled = sampleAt(50 * MS, pendulumReading(1, 50 * MS), pendulumReading(1, 50 * MS));
    const closed = closeStep(two, { nextSequence: 7, robots: [state!, state!] }, sampled);
    assert.deepEqual(
      closed.steps.map(({ transition }) => transition!.sequence),
      [7, 8],
    );
    assert.equal(closed.state.nextSequence, 9);
  });
});
