import assert from 'node:assert/strict';
import fc from 'fast-check';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { ReplayMemory, type ReplayBatch } from '../../../../src/experience/index.ts';
import type { Transition } from '../../../../src/robot/transition.ts';

const OBSERVATION = 3;
const ACTION = 2;

/** One step of a stream: how its episode continues. */
interface Step {
  readonly stream: number;
  readonly end: 'no' | 'terminated' | 'truncated' | 'aborted';
  /** Whether the next step begins elsewhere than this one ended, as after lost transitions. */
  readonly jump: boolean;
}

/** Turns steps into transitions in which every observation that differs has numbers of its own. */
function transitionsOf(steps: readonly Step[]): Transition[] {
  let fresh = 0;
  let episodes = 0;
  const observation = (): Float32Array => Float32Array.of(++fresh, -fresh, fresh / 2);
  const streams = new Map<number, { episode: number; step: number; last: Float32Array }>();
  return steps.map(({ stream, end, jump }, sequence) => {
    const open = streams.get(stream) ?? { episode: episodes++, step: 0, last: observation() };
    const from = jump ? observation() : open.last;
    const to = observation();
    if (end === 'no') streams.set(stream, { episode: open.episode, step: open.step + 1, last: to });
    else streams.delete(stream);
    return {
      sessionUuid: '',
      sequence,
      episode: open.episode,
      step: open.step,
      observation: from,
      proposedAction: new Float32Array(ACTION),
      appliedAction: Float32Array.of(sequence, -sequence),
      reasonCodes: [],
      reward: sequence,
      terminated: end === 'terminated',
      truncated: end === 'truncated',
      nextObservation: to,
      policyVersion: 0,
      monotonicTimeNs: 0,
    };
  });
}

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

function batchOf(size: number): ReplayBatch {
  return {
    observations: new Float32Array(size * OBSERVATION),
    actions: new Float32Array(size * ACTION),
    rewards: new Float32Array(size),
    nextObservations: new Float32Array(size * OBSERVATION),
    terminated: new Float32Array(size),
  };
}

function rowsOf(batch: ReplayBatch): unknown[] {
  return Array.from(batch.rewards, (reward, i) => ({
    observation: batch.observations.slice(i * OBSERVATION, (i + 1) * OBSERVATION),
    action: batch.actions.slice(i * ACTION, (i + 1) * ACTION),
    reward,
    next: batch.nextObservations.slice(i * OBSERVATION, (i + 1) * OBSERVATION),
    terminated: batch.terminated[i],
  }));
}

const expectedRow = (t: Transition): unknown => ({
  observation: t.observation,
  action: t.appliedAction,
  reward: t.reward,
  next: t.nextObservation,
  terminated: t.terminated ? 1 : 0,
});

/** The contents of a memory, oldest first, through `sample` with a counter as random source. */
function contents(memory: ReplayMemory): unknown[] {
  const random = new XoshiroRandom(0);
  let next = 0;
  random.integer = () => next++;
  const batch = batchOf(memory.count);
  if (memory.count > 0) memory.sample(random, batch);
  return rowsOf(batch);
}

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
            assert.deepStrictEqual(contents(memory), held.map(expectedRow));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is full with `capacity` transitions while episodes have eight steps or more', () => {
    const memory = new ReplayMemory({ capacity: 64, observationSize: OBSERVATION, actionSize: ACTION, streams: 1 });
    const plan = Array.from({ length: 1000 }, (_, i): Step => ({
      stream: 0,
      end: i % 8 === 7 ? 'truncated' : 'no',
      jump: false,
    }));
    for (const transition of transitionsOf(plan)) memory.add(transition);
    assert.equal(memory.count, 64);
  });

  it('contains fewer when every step is an episode, and reports the number', () => {
    const memory = new ReplayMemory({ capacity: 64, observationSize: OBSERVATION, actionSize: ACTION, streams: 1 });
    const all = transitionsOf(Array.from({ length: 500 }, (): Step => ({ stream: 0, end: 'terminated', jump: false })));
    for (const transition of all) memory.add(transition);
    assert.ok(memory.count >= 32 && memory.count < 64, `${memory.count}`);
    assert.deepStrictEqual(contents(memory), all.slice(-memory.count).map(expectedRow));
  });

  it('stores the observations of an episode once, also with several simulators in turn', () => {
    for (const streams of [1, 4]) {
      const memory = new ReplayMemory({
        capacity: 100,
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

  it('draws the same batches after a refill from the last `refill` transitions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }).chain((streams) => fc.tuple(fc.constant(streams), roundRobin(streams))),
        fc.integer({ min: 5, max: 40 }),
        ([streams, plan], capacity) => {
          const options = { capacity, observationSize: OBSERVATION, actionSize: ACTION, streams };
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
          const [a, b] = [batchOf(16), batchOf(16)];
          unbroken.sample(new XoshiroRandom(7), a);
          filled.sample(new XoshiroRandom(7), b);
          assert.deepStrictEqual(b, a);
        },
      ),
    );
  });

  it('stores a step a second time with another action, shares its observations, and evicts both in turn', () => {
    const memory = new ReplayMemory({ capacity: 6, observationSize: OBSERVATION, actionSize: ACTION });
    assert.throws(() => memory.addRelabeled(new Float32Array(ACTION)), { code: 'E_ENGINE_INPUT' });
    const all = transitionsOf(Array.from({ length: 8 }, () => ({ stream: 0, end: 'no', jump: false })));
    const drawn = (): Set<string> => {
      const batch = batchOf(400);
      memory.sample(new XoshiroRandom(3), batch);
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
    const options = { capacity: 1000, observationSize: 17, actionSize: 6 };
    assert.equal(ReplayMemory.bytesFor(options), new ReplayMemory(options).byteSize);
    const million = ReplayMemory.bytesFor({ ...options, capacity: 1_000_000 });
    assert.ok(million <= 200e6, `${million} bytes`);
    // Storing both observations of every transition would take more.
    assert.ok(million < 1_000_000 * 4 * (17 + 17 + 6 + 1));
  });

  it('draws every transition about equally often', () => {
    const memory = new ReplayMemory({ capacity: 10, observationSize: OBSERVATION, actionSize: ACTION });
    for (const transition of transitionsOf(
      Array.from({ length: 25 }, (): Step => ({ stream: 0, end: 'no', jump: false })),
    ))
      memory.add(transition);
    const batch = batchOf(20_000);
    memory.sample(new XoshiroRandom(3), batch);
    const counts = new Map<number, number>();
    for (const reward of batch.rewards) counts.set(reward, (counts.get(reward) ?? 0) + 1);
    assert.deepEqual(
      [...counts.keys()].sort((a, b) => a - b),
      [15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
    );
    for (const count of counts.values()) assert.ok(Math.abs(count - 2000) < 250, `${count}`);
  });

  it('returns the same rows for an engine that gathers them', () => {
    const memory = new ReplayMemory({ capacity: 20, observationSize: OBSERVATION, actionSize: ACTION });
    for (const transition of transitionsOf(
      Array.from({ length: 50 }, (_, i): Step => ({ stream: 0, end: i % 9 === 0 ? 'terminated' : 'no', jump: false })),
    ))
      memory.add(transition);
    const batch = batchOf(32);
    memory.sample(new XoshiroRandom(5), batch);
    const rows = {
      rows: new Int32Array(32),
      observationRows: new Int32Array(32),
      nextObservationRows: new Int32Array(32),
    };
    memory.sampleRows(new XoshiroRandom(5), rows);
    const row = (array: Float32Array, index: number, size: number): Float32Array =>
      array.slice(index * size, (index + 1) * size);
    const gathered = Array.from(rows.rows, (index, i) => ({
      observation: row(memory.observations, rows.observationRows[i]!, OBSERVATION),
      action: row(memory.actions, index, ACTION),
      reward: memory.rewards[index],
      next: row(memory.observations, rows.nextObservationRows[i]!, OBSERVATION),
      terminated: memory.terminated[index],
    }));
    assert.deepStrictEqual(gathered, rowsOf(batch));
  });

  it('rejects other sizes, invalid options, and a draw from an empty memory', () => {
    const memory = new ReplayMemory({ capacity: 4, observationSize: OBSERVATION, actionSize: ACTION });
    const [transition] = transitionsOf([{ stream: 0, end: 'no', jump: false }]);
    assert.throws(() => memory.sample(new XoshiroRandom(1), batchOf(1)), { code: 'E_ENGINE_INPUT' });
    assert.throws(() => memory.add({ ...transition!, observation: new Float32Array(4) }), { code: 'E_ENGINE_INPUT' });
    assert.throws(() => memory.add({ ...transition!, appliedAction: new Float32Array(1) }), { code: 'E_ENGINE_INPUT' });
    assert.equal(memory.count, 0);
    assert.throws(() => new ReplayMemory({ capacity: 0, observationSize: 1, actionSize: 1 }), {
      code: 'E_CONFIG_VALUE',
    });
    assert.throws(() => ReplayMemory.bytesFor({ capacity: 1.5, observationSize: 1, actionSize: 1 }), {
      code: 'E_CONFIG_VALUE',
    });
  });
});
