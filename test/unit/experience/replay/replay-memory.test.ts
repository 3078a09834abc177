import assert from 'node:assert/strict';
import fc from 'fast-check';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { ReplayMemory } from '../../../../src/experience/index.ts';
import type { Transition } from '../../../../src/robot/transition.ts';
import {
  ACTION,
  contentsOf,
  drawnBatch,
  OBSERVATION,
  rowsOf,
  type DrawnRow,
  type Step,
  transitionsOf,
} from '../../../support/replay.ts';

const DISCOUNT = 0.9;

const steps = fc.array(
  fc.record({
    stream: fc.nat(3),
    end: fc.oneof(
      { weight: 6, arbitrary: fc.constant('no' as const) },
      fc.constantFrom('terminated' as const, 'truncated' as const, 'aborted' as const),
    ),
    jump: fc.nat(5).map((n) => n === 0),
  }),
  { maxLength: 200, size: 'max' },
);
const roundRobin = (streams: number) =>
  fc
    .array(fc.nat(9), { minLength: 30, maxLength: 250, size: 'max' })
    .map((ends) => ends.map((n, i): Step => ({ stream: i % streams, end: n === 0 ? 'truncated' : 'no', jump: false })));

const expectedRow = (t: Transition): DrawnRow => ({
  observation: t.observation,
  action: t.appliedAction,
  reward: t.reward,
  next: t.nextObservation,
  terminated: t.terminated ? 1 : 0,
  discount: DISCOUNT,
});

describe('The replay memory', () => {
  it('always contains the newest transitions, each with its successor', () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 10 }),
        (plan, capacity, streams, extraObservations) => {
          const memory = new ReplayMemory({
            capacity,
            discount: DISCOUNT,
            observationSize: OBSERVATION,
            actionSize: ACTION,
            streams,
            extraObservations,
          });
          const all = transitionsOf(plan);
          for (const [index, transition] of all.entries()) {
            memory.add(transition);
            assert.ok(memory.count >= 1 && memory.count <= Math.min(capacity, index + 1));
            const held = all.slice(index + 1 - memory.count, index + 1);
            assert.deepStrictEqual(contentsOf(memory), held.map(expectedRow));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is full with `capacity` transitions while episodes have eight steps or more', () => {
    const memory = new ReplayMemory({
      capacity: 64,
      discount: DISCOUNT,
      observationSize: OBSERVATION,
      actionSize: ACTION,
      streams: 1,
    });
    const plan = Array.from({ length: 1000 }, (_, i): Step => ({
      stream: 0,
      end: i % 8 === 7 ? 'truncated' : 'no',
      jump: false,
    }));
    for (const transition of transitionsOf(plan)) memory.add(transition);
    assert.equal(memory.count, 64);
  });

  it('contains fewer when every step is an episode, and reports the number', () => {
    const memory = new ReplayMemory({
      capacity: 64,
      discount: DISCOUNT,
      observationSize: OBSERVATION,
      actionSize: ACTION,
      streams: 1,
    });
    const all = transitionsOf(Array.from({ length: 500 }, (): Step => ({ stream: 0, end: 'terminated', jump: false })));
    for (const transition of all) memory.add(transition);
    assert.ok(memory.count >= 32 && memory.count < 64, `${memory.count}`);
    assert.deepStrictEqual(contentsOf(memory), all.slice(-memory.count).map(expectedRow));
  });

  it('stores the observations of an episode once, also with several simulators in turn', () => {
    for (const streams of [1, 4]) {
      const memory = new ReplayMemory({
        capacity: 100,
        discount: DISCOUNT,
        observationSize: OBSERVATION,
        actionSize: ACTION,
        streams,
        extraObservations: streams,
      });
      const plan = Array.from({ length: 1000 }, (_, i): Step => ({ stream: i % streams, end: 'no', jump: false }));
      for (const transition of transitionsOf(plan)) memory.add(transition);
      assert.equal(memory.count, 100);
    }
  });

  it('draws the same batches after a refill from the last `rebuild` transitions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }).chain((streams) => fc.tuple(fc.constant(streams), roundRobin(streams))),
        fc.integer({ min: 5, max: 40 }),
        fc.integer({ min: 1, max: 6 }),
        ([streams, plan], capacity, nStep) => {
          const options = {
            capacity,
            discount: DISCOUNT,
            nStep,
            observationSize: OBSERVATION,
            actionSize: ACTION,
            streams,
          };
          const all = transitionsOf(plan);
          const take = (memory: ReplayMemory, transition: Transition): void => {
            memory.add(transition);
            if (transition.sequence % 3 === 0) memory.addRelabeled(Float32Array.of(transition.sequence, 0.5));
          };
          const unbroken = new ReplayMemory(options);
          for (const transition of all) take(unbroken, transition);
          const filled = new ReplayMemory(options);
          for (const transition of all.slice(-filled.rebuild)) take(filled, transition);
          assert.equal(filled.count, unbroken.count);
          const [a, b] = [unbroken, filled].map((memory) => rowsOf(drawnBatch(memory, new XoshiroRandom(7), 16)));
          assert.deepStrictEqual(b, a);
        },
      ),
    );
  });

  it('stores a step a second time with another action, shares its observations, and evicts both in turn', () => {
    const memory = new ReplayMemory({
      capacity: 6,
      discount: DISCOUNT,
      observationSize: OBSERVATION,
      actionSize: ACTION,
    });
    assert.throws(() => memory.addRelabeled(new Float32Array(ACTION)), { code: 'E_ENGINE_INPUT' });
    const all = transitionsOf(Array.from({ length: 8 }, () => ({ stream: 0, end: 'no', jump: false })));
    const drawn = (): Set<string> => {
      const batch = drawnBatch(memory, new XoshiroRandom(3), 400);
      return new Set(
        Array.from(batch.rewards, (reward, i) => {
          const [a] = batch.actions.subarray(i * ACTION);
          const [from] = batch.observations.subarray(i * OBSERVATION);
          const [to] = batch.nextObservations.subarray(i * OBSERVATION);
          return `${reward}: ${from!} ${a!} ${to!}`;
        }),
      );
    };
    memory.add(all[0]!);
    memory.add(all[1]!);
    memory.addRelabeled(Float32Array.of(0.5, 0.5));
    memory.add(all[2]!);
    assert.throws(() => memory.addRelabeled(new Float32Array(ACTION + 1)), { code: 'E_ENGINE_INPUT' });
    assert.equal(memory.count, 4);
    assert.deepEqual(drawn(), new Set(['0: 1 0 2', '1: 2 1 3', '1: 2 0.5 3', '2: 3 2 4']));
    const observations = new Set(memory.observations.filter((_, i) => i % OBSERVATION === 0 && _ !== 0));
    assert.deepEqual(observations, new Set([1, 2, 3, 4]), 'four observations for four transitions in a row');
    for (const transition of all.slice(3)) memory.add(transition);
    assert.equal(memory.count, 6);
    assert.deepEqual(drawn(), new Set([2, 3, 4, 5, 6, 7].map((i) => `${i}: ${i + 1} ${i} ${i + 2}`)));
  });

  it('allocates exactly the reported bytes; a million transitions of 17 and 6 numbers stay below 200 MB', () => {
    const options = { capacity: 1000, discount: 0.9, observationSize: 17, actionSize: 6 };
    assert.equal(ReplayMemory.bytesFor(options), new ReplayMemory(options).byteSize);
    const million = ReplayMemory.bytesFor({ ...options, capacity: 1_000_000 });
    assert.ok(million <= 200e6, `${million} bytes`);
    // Storing both observations of every transition would take more.
    assert.ok(million < 1_000_000 * 4 * (17 + 17 + 6 + 1));
  });

  it('draws every transition about equally often', () => {
    const memory = new ReplayMemory({
      capacity: 10,
      discount: DISCOUNT,
      observationSize: OBSERVATION,
      actionSize: ACTION,
    });
    for (const transition of transitionsOf(
      Array.from({ length: 25 }, (): Step => ({ stream: 0, end: 'no', jump: false })),
    ))
      memory.add(transition);
    const batch = drawnBatch(memory, new XoshiroRandom(3), 20_000);
    const counts = new Map<number, number>();
    for (const reward of batch.rewards) counts.set(reward, (counts.get(reward) ?? 0) + 1);
    assert.deepEqual(
      [...counts.keys()].sort((a, b) => a - b),
      [15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
    );
    for (const count of counts.values()) assert.ok(Math.abs(count - 2000) < 250, `${count}`);
  });

  it('rejects other sizes, invalid options, and a draw from an empty memory', () => {
    const memory = new ReplayMemory({
      capacity: 4,
      discount: DISCOUNT,
      observationSize: OBSERVATION,
      actionSize: ACTION,
    });
    const [transition] = transitionsOf([{ stream: 0, end: 'no', jump: false }]);
    assert.throws(() => drawnBatch(memory, new XoshiroRandom(1), 1), { code: 'E_ENGINE_INPUT' });
    assert.throws(() => memory.add({ ...transition!, observation: new Float32Array(4) }), { code: 'E_ENGINE_INPUT' });
    assert.throws(() => memory.add({ ...transition!, appliedAction: new Float32Array(1) }), { code: 'E_ENGINE_INPUT' });
    assert.equal(memory.count, 0);
    assert.throws(() => new ReplayMemory({ capacity: 0, discount: 1, observationSize: 1, actionSize: 1 }), {
      code: 'E_CONFIG_VALUE',
    });
    for (const changes of [{ discount: 1.5 }, { discount: NaN }, { nStep: 0 }, { nStep: 1.5 }])
      assert.throws(
        () => new ReplayMemory({ capacity: 4, discount: 1, observationSize: 1, actionSize: 1, ...changes }),
        { code: 'E_CONFIG_VALUE', message: /discount .* nStep/ },
      );
    assert.throws(() => ReplayMemory.bytesFor({ capacity: 1.5, observationSize: 1, actionSize: 1 }), {
      code: 'E_CONFIG_VALUE',
    });
  });
});
