import assert from 'node:assert/strict';
import fc from 'fast-check';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { ReplayMemory } from '../../../../src/experience/index.ts';
import type { Transition } from '../../../../src/robot/transition.ts';
import {
  ACTION,
  contentsOf,
  drawnBatch,
  type DrawnRow,
  OBSERVATION,
  type Step,
  transitionsOf,
} from '../../../support/replay.ts';

const DISCOUNT = 0.7;

/** A transition as it is stored: some a second time with another action. */
interface Stored {
  readonly transition: Transition;
  readonly action: Float32Array;
}

/** The step that continues `t` among all that were added: read from the transitions alone, without rows. */
function successorOf(t: Transition, all: readonly Transition[]): Transition | undefined {
  if (t.terminated || t.truncated) return undefined;
  const next = all.find(
    (other) =>
      other.sequence > t.sequence &&
      other.sessionUuid === t.sessionUuid &&
      other.episode === t.episode &&
      other.step === t.step + 1,
  );
  return next?.observation.every((value, i) => Object.is(value, t.nextObservation[i])) === true ? next : undefined;
}

/** The return over up to `nStep` steps from the definition: a sum over the transitions, in float64. */
function expectedRow({ transition, action }: Stored, all: readonly Transition[], nStep: number): DrawnRow {
  const steps = [transition];
  for (let next = successorOf(transition, all); next !== undefined && steps.length < nStep;) {
    steps.push(next);
    next = successorOf(next, all);
  }
  const last = steps[steps.length - 1]!;
  return {
    observation: transition.observation,
    action,
    reward: steps.reduce((sum, { reward }, k) => sum + DISCOUNT ** k * Math.fround(reward), 0),
    next: last.nextObservation,
    terminated: last.terminated ? 1 : 0,
    discount: DISCOUNT ** steps.length,
  };
}

function assertRow(got: DrawnRow, want: DrawnRow): void {
  const { reward, discount, ...rest } = want;
  const { reward: gotReward, discount: gotDiscount, ...gotRest } = got;
  assert.deepStrictEqual(gotRest, rest);
  assert.ok(Math.abs(gotReward - reward) <= 1e-6 * (1 + Math.abs(reward)), `${gotReward} instead of ${reward}`);
  assert.ok(Math.abs(gotDiscount - discount) <= 1e-12, `${gotDiscount} instead of ${discount}`);
}

/** Steps of several simulators in turn, with ends of each kind, lost steps, jumps and new sessions. */
const plans = fc.array(
  fc.record({
    end: fc.oneof(
      { weight: 9, arbitrary: fc.constant('no' as const) },
      fc.constantFrom('terminated' as const, 'truncated' as const, 'aborted' as const),
    ),
    jump: fc.nat(11).map((n) => n === 0),
    session: fc.nat(24).map((n) => n === 0),
    lost: fc.nat(9).map((n) => n === 0),
    copied: fc.nat(3).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 120, size: 'max' },
);

const memoryOf = (nStep: number, capacity: number, extraObservations = 10): ReplayMemory =>
  new ReplayMemory({
    ...{ capacity, discount: DISCOUNT, nStep, observationSize: OBSERVATION, actionSize: ACTION },
    ...{ streams: 4, extraObservations },
  });

const steady = (length: number, end: Step['end']): Transition[] =>
  transitionsOf(
    Array.from({ length }, (_, i): Step => ({ stream: 0, end: i === length - 1 ? end : 'no', jump: false })),
  );

describe('A return over several steps', () => {
  it('equals the sum over the transitions, also in rings that wrap and evict, with lost steps and copies', () => {
    fc.assert(
      fc.property(
        plans,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(10),
        (steps, streams, nStep, capacity, extraObservations) => {
          const plan = steps.map((step, i) => ({ ...step, stream: i % streams }));
          const memory = memoryOf(nStep, capacity, extraObservations);
          const added: Transition[] = [];
          const stored: Stored[] = [];
          for (const [i, transition] of transitionsOf(plan).entries()) {
            if (plan[i]!.lost) continue;
            memory.add(transition);
            added.push(transition);
            stored.push({ transition, action: transition.appliedAction });
            if (plan[i]!.copied) {
              const action = Float32Array.of(0.5, transition.sequence);
              memory.addRelabeled(action);
              stored.push({ transition, action });
            }
            if (i % 4 > 0 && i < plan.length - 1) continue;
            const rows = contentsOf(memory);
            const held = stored.slice(-rows.length);
            for (const [k, row] of rows.entries()) assertRow(row, expectedRow(held[k]!, added, nStep));
          }
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  it('ends with no value after a termination, and with the value of the last state at a time limit', () => {
    for (const end of ['terminated', 'truncated'] as const) {
      const memory = memoryOf(3, 10);
      const all = steady(4, end);
      for (const transition of all) memory.add(transition);
      const rows = contentsOf(memory);
      const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
      assert.deepEqual(
        rows.map(({ terminated }) => terminated),
        end === 'terminated' ? [0, 1, 1, 1] : [0, 0, 0, 0],
      );
      assert.ok(close(rows[0]!.reward, 0 + 0.7 * 1 + 0.49 * 2));
      assert.ok(close(rows[1]!.reward, 1 + 0.7 * 2 + 0.49 * 3));
      assert.ok(close(rows[3]!.reward, 3));
      for (const [i, exponent] of [3, 3, 2, 1].entries()) assert.ok(close(rows[i]!.discount, 0.7 ** exponent));
      for (const i of [1, 2, 3]) assert.deepEqual(rows[i]!.next, all[3]!.nextObservation);
    }
  });

  it('does not cross into another session, also when episode, step and observation continue', () => {
    const memory = memoryOf(4, 10);
    const plan = [0, 1, 2, 3].map((i): Step => ({ stream: 0, end: 'no', jump: false, session: i === 2 }));
    for (const transition of transitionsOf(plan)) memory.add(transition);
    const exponents = contentsOf(memory).map(({ discount }) => Math.round(Math.log(discount) / Math.log(DISCOUNT)));
    assert.deepEqual(exponents, [2, 1, 2, 1]);
  });

  it('bridges neither a lost step nor an end where every observation is the same', () => {
    for (const [what, plan] of [
      ['lost', [0, 1, 3, 4].map((step) => ({ step, truncated: false, terminated: false }))],
      ['truncated', [0, 1, 2, 3].map((step) => ({ step, truncated: step === 1, terminated: false }))],
      ['terminated', [0, 1, 2, 3].map((step) => ({ step, truncated: false, terminated: step === 1 }))],
    ] as const) {
      const memory = memoryOf(4, 10);
      const still = { observation: new Float32Array(OBSERVATION), nextObservation: new Float32Array(OBSERVATION) };
      const [any] = steady(1, 'no');
      for (const changes of plan) memory.add({ ...any!, ...still, ...changes });
      const exponents = contentsOf(memory).map(({ discount }) => Math.round(Math.log(discount) / Math.log(DISCOUNT)));
      assert.deepEqual(exponents, [2, 1, 2, 1], what);
    }
  });

  it('reaches over the steps of 64 simulators in turn', () => {
    const memory = new ReplayMemory({
      ...{ capacity: 1000, discount: DISCOUNT, nStep: 3, observationSize: OBSERVATION, actionSize: ACTION },
    });
    const plan = Array.from({ length: 640 }, (_, i): Step => ({ stream: i % 64, end: 'no', jump: false }));
    for (const transition of transitionsOf(plan)) memory.add(transition);
    const rows = contentsOf(memory);
    assert.equal(rows.filter(({ discount }) => Math.abs(discount - 0.343) < 1e-9).length, 640 - 2 * 64);
  });

  it('is drawn by the same random numbers as a single step', () => {
    const [one, three] = [memoryOf(1, 50), memoryOf(3, 50)];
    for (const transition of steady(80, 'no')) for (const memory of [one, three]) memory.add(transition);
    const [a, b] = [one, three].map((memory) => drawnBatch(memory, new XoshiroRandom(9), 32));
    assert.deepEqual(a!.rows, b!.rows);
    assert.deepEqual(a!.actions, b!.actions);
    assert.notDeepEqual(a!.rewards, b!.rewards);
  });
});
