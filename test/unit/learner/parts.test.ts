import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { UpdateInfo } from '../../../src/engine/port.ts';
import { checkMemoryBudget } from '../../../src/learner/index.ts';
import { criticBias, EpisodeRecords } from '../../../src/learner/critic-bias.ts';
import { IngestedRanges } from '../../../src/learner/ingested-ranges.ts';
import { MeanAbsReward } from '../../../src/learner/mean-reward.ts';
import { MetricsWindow } from '../../../src/learner/metrics-window.ts';
import { Schedule } from '../../../src/learner/schedule.ts';
import { temperatureSettings, AlphaMonitor } from '../../../src/learner/alpha-monitor.ts';
import type { Transition } from '../../../src/robot/transition.ts';
import { learnerConfig } from '../../support/learner-parts.ts';
import { transition } from '../../support/transitions.ts';

const info = (changes: Partial<UpdateInfo>): UpdateInfo => ({
  qLoss: 1,
  qMean: 1,
  targetMean: 1,
  softValueMean: 1,
  entropy: -3,
  logDeterminantSpread: 0,
  alpha: 0.1,
  phiNorm: 1,
  criticGradientNorm: 1,
  samplerGradientNorm: 1,
  finite: true,
  ...changes,
});

describe('the schedule', () => {
  it('makes updatesPerStep updates per transition from learningStartsSteps on, and carries fractions over', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 8, noNaN: true }),
        fc.integer({ min: 0, max: 60 }),
        (updatesPerStep, starts) => {
          const schedule = new Schedule(learnerConfig({ updatesPerStep, learningStartsSteps: starts }), 4);
          let updates = 0;
          for (let step = 1; step <= 200; step++) {
            schedule.ingest();
            while (schedule.updateDue) {
              schedule.consume();
              updates++;
            }
            const due = Math.max(0, step - Math.max(starts, 4) + 1) * updatesPerStep;
            assert.ok(Math.abs(updates - due) <= 1 + 1e-6, `${updates} of ${due}`);
          }
        },
      ),
      { seed: 2 },
    );
  });

  it('makes exactly one update in ten steps at 0.1', () => {
    const schedule = new Schedule(learnerConfig({ updatesPerStep: 0.1, learningStartsSteps: 0 }), 1);
    const made: number[] = [];
    for (let step = 1; step <= 40; step++) {
      schedule.ingest();
      while (schedule.updateDue) {
        schedule.consume();
        made.push(step);
      }
    }
    assert.deepEqual(made, [10, 20, 30, 40]);
  });

  it('publishes every policySyncSteps after the warm-up, only new versions', () => {
    const schedule = new Schedule(learnerConfig({ warmupSteps: 12, policySyncSteps: 5 }), 8);
    const published: number[] = [];
    for (let step = 1; step <= 40; step++) {
      schedule.ingest();
      const updates = step < 28 ? step : 28;
      if (!schedule.snapshotDue(updates)) continue;
      published.push(step);
      schedule.published(updates);
    }
    assert.deepEqual(published, [12, 15, 20, 25, 30]);
  });

  it('names the steps at which the daemon waits in lock-step', () => {
    const schedule = new Schedule(learnerConfig({ warmupSteps: 12, policySyncSteps: 5 }), 8);
    const waits = Array.from({ length: 20 }, (_, i) => {
      schedule.ingest();
      return schedule.atPolicySync ? i + 1 : null;
    });
    assert.deepEqual(
      waits.filter((step) => step !== null),
      [5, 10, 15, 20],
    );
  });

  it('keeps at most a thousand pending updates and counts dropped ones', () => {
    const schedule = new Schedule(learnerConfig({ updatesPerStep: 2, learningStartsSteps: 0 }), 1);
    let dropped = 0;
    for (let step = 0; step < 700; step++) dropped += schedule.ingest();
    assert.equal(dropped, 400);
    let owed = 0;
    while (schedule.updateDue) {
      schedule.consume();
      owed++;
    }
    assert.equal(owed, 1000);
  });
});

describe('alpha', () => {
  it('is bounded relative to the mean of |r|, which has a floor', () => {
    const mean = new MeanAbsReward();
    assert.equal(mean.value, 1e-3);
    mean.add(-6);
    mean.add(2);
    assert.equal(mean.value, 4);
    assert.deepEqual(temperatureSettings(learnerConfig(), mean.value, 0), {
      alphaMin: 4e-4,
      alphaMax: 40,
      alpha: null,
    });
  });

  it("follows the paper's fine-tuning schedule when configured", () => {
    const config = learnerConfig({ alphaSchedule: 'paper-fine-tuning', initialAlpha: 0.1 });
    const alphaAt = (updates: number): number => temperatureSettings(config, 1, updates).alpha!;
    assert.equal(alphaAt(0), 0.1);
    assert.ok(Math.abs(alphaAt(100_000) - 0.01) < 1e-12);
    assert.ok(Math.abs(alphaAt(900_000) - 0.001) < 1e-12);
  });

  it('is reported once at a bound, with the reason, and again only after leaving it', () => {
    const watch = new AlphaMonitor(-6);
    const settings = { alphaMin: 1e-4, alphaMax: 10, alpha: null, rewardFactor: 1 };
    const alerts: string[] = [];
    const look = (alpha: number, times: number): void => {
      for (let i = 0; i < times; i++) {
        const alert = watch.look(info({ alpha, entropy: -12 }), settings);
        if (alert !== null) alerts.push(alert.message);
      }
    };
    look(10, 199);
    look(9, 1);
    assert.equal(alerts.length, 0);
    look(10, 500);
    assert.equal(alerts.length, 1);
    assert.match(alerts[0]!, /upper bound 10.00.*stays below the target.*entropy -12.00 nats, target -6.000/);
    look(1, 1);
    look(1e-4, 200);
    assert.match(alerts[1]!, /lower bound/);
  });
});

describe('metrics', () => {
  it('are means over the updates since the last report; values that are not finite are skipped', () => {
    const window = new MetricsWindow();
    window.add(info({ qLoss: 1, phiNorm: Infinity }));
    window.add(info({ qLoss: 3 }));
    const numbers = window.drain();
    assert.equal(numbers['qLoss'], 2);
    assert.ok(!('phiNorm' in numbers));
    assert.deepEqual(window.drain(), {});
  });
});

/** A critic that returns `value` for any input. */
function constantCritic(value: number): Parameters<typeof criticBias>[1] {
  const tensor = (shape: number[], fill = 0) => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
  });
  const tensors = new Map([
    ['critic0.0.weight', tensor([4, 2])],
    ['critic0.0.bias', tensor([2])],
    ['critic0.1.weight', tensor([2, 1])],
    ['critic0.1.bias', tensor([1], value)],
    ['normalizer.mean', tensor([3])],
    ['normalizer.scale', tensor([3], 1)],
  ]);
  return { tensors, criticLayers: [{ kind: 'dense', width: 2 }], criticCount: 1 };
}

describe("the critics' bias", () => {
  const numbers = { discount: 0.5, rewardScale: 1, alpha: 0.1, entropy: 2, softValueMean: 7 };
  const steps = (length: number, changes: Partial<Transition>): Transition[] =>
    Array.from({ length }, (_, i) =>
      transition(i, { reward: 1, truncated: false, ...(i === length - 1 ? changes : {}) }),
    );

  it('compares with the discounted soft return of a terminated episode', () => {
    // G_2 = 1, G_1 = 1 + 0.5 (1 + 0.2), G_0 = 1 + 0.5 (1.6 + 0.2)
    const expected = 3 - (1 + 1.6 + 1.9) / 3;
    const bias = criticBias(steps(3, { terminated: true }), constantCritic(3), numbers)!;
    assert.ok(Math.abs(bias - expected) < 1e-6, `${bias}`);
  });

  it('adds the soft value for the missing rest of a truncated episode, where its weight is at most a half', () => {
    // Two steps from the end the rest weighs 0.36, one step 0.6: steps 0 and 1 of 3 are used.
    const discounted = { ...numbers, discount: 0.6 };
    const g2 = 1 + 0.6 * 7;
    const g1 = 1 + 0.6 * (g2 + 0.2);
    const g0 = 1 + 0.6 * (g1 + 0.2);
    const bias = criticBias(steps(3, { truncated: true }), constantCritic(0), discounted)!;
    assert.ok(Math.abs(bias + (g0 + g1) / 2) < 1e-6, `${bias}`);
    assert.equal(criticBias(steps(1, { truncated: true }), constantCritic(0), discounted), null);
    assert.equal(criticBias(steps(9, { truncated: true }), constantCritic(0), { ...numbers, discount: 1 }), null);
  });

  it('separates the episodes of alternating simulators', () => {
    const records = new EpisodeRecords();
    const ended: number[] = [];
    for (let step = 0; step < 3; step++) {
      for (let episode = 0; episode < 2; episode++) {
        const done = records.add(transition(step * 2 + episode, { episode, step, truncated: step === 2 }));
        if (done !== null) ended.push(...done.map((t) => t.episode));
      }
    }
    assert.deepEqual(ended, [0, 0, 0, 1, 1, 1]);
    assert.equal(records.oldestSequence, Infinity);
  });
});

describe('the journal', () => {
  it('contains the ingested ranges, over gaps and sessions', () => {
    const journal = new IngestedRanges();
    assert.deepEqual(journal.cursor, { sessionUuid: '', sequence: -1 });
    for (const sequence of [0, 1, 2, 5, 6]) journal.add(transition(sequence));
    assert.equal(journal.isNew(transition(6)), false);
    assert.equal(journal.isNew(transition(7)), true);
    assert.equal(journal.follows(transition(8)), false);
    journal.add(transition(0, { sessionUuid: 'next' }));
    assert.deepEqual(journal.cursor, { sessionUuid: 'next', sequence: 0 });
    const copy = new IngestedRanges();
    copy.restore(journal.save());
    assert.deepEqual(
      copy.save().map(({ first, last }) => [first, last]),
      [
        [0, 2],
        [5, 6],
        [0, 0],
      ],
    );
  });
});

describe('the memory budget', () => {
  it('is compared with the exact size', () => {
    const config = { replayCapacity: 1000, memoryBudgetMb: 1 };
    const bytes = checkMemoryBudget(config, { observationSize: 3, actionSize: 1 });
    assert.ok(bytes > 1000 * 4 * 5);
    assert.equal(
      checkMemoryBudget({ ...config, memoryBudgetMb: bytes / 1e6 }, { observationSize: 3, actionSize: 1 }),
      bytes,
    );
    const sizes = { observationSize: 3, actionSize: 1 };
    const half = checkMemoryBudget({ ...config, replayCapacity: 500 }, sizes);
    assert.equal(checkMemoryBudget(config, sizes, [500, 5000]), bytes + half + bytes);
    assert.throws(() => checkMemoryBudget({ ...config, memoryBudgetMb: bytes / 1e6 }, sizes, [1]), {
      code: 'E_MEMORY_BUDGET',
      message: /for 1000 \+ 1 transitions/,
    });
    const less = { ...config, memoryBudgetMb: (bytes - 1) / 1e6 };
    assert.throws(() => checkMemoryBudget(less, { observationSize: 3, actionSize: 1 }), {
      code: 'E_MEMORY_BUDGET',
      message: new RegExp(`${bytes} bytes`),
    });
  });
});
