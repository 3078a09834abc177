import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { buildTrainer } from '../../../src/learner/build-trainer.ts';
import { clippedProposedAction } from '../../../src/learner/clipped-action.ts';
import type { Trainer } from '../../../src/learner/trainer.ts';
import { GUARD_REASON } from '../../../src/robot/reasons.ts';
import { DriftingEngine, learnerConfig } from '../../support/learner-parts.ts';
import { drawnBatch } from '../../support/replay.ts';
import { transition } from '../../support/transitions.ts';

const clipped = {
  proposedAction: Float32Array.of(1),
  appliedAction: Float32Array.of(0),
  reasonCodes: [GUARD_REASON.positionLimit],
};

describe('a command that the guard changed', () => {
  it('is also learned as proposed when a limit clipped it', () => {
    for (const code of [
      GUARD_REASON.positionLimit,
      GUARD_REASON.velocityLimit,
      GUARD_REASON.accelerationLimit,
      GUARD_REASON.effortLimit,
      GUARD_REASON.distanceLimit,
      GUARD_REASON.startUpLimit,
      GUARD_REASON.workspaceLimit,
    ])
      assert.equal(clippedProposedAction(transition(1, { ...clipped, reasonCodes: [code] })), clipped.proposedAction);
  });

  it('is not when the guard stopped the robot or did not change the command', () => {
    for (const code of [
      GUARD_REASON.stopping,
      GUARD_REASON.disarmed,
      GUARD_REASON.faulted,
      GUARD_REASON.staleReading,
      GUARD_REASON.nonFiniteReading,
    ])
      assert.equal(
        clippedProposedAction(transition(1, { ...clipped, reasonCodes: [GUARD_REASON.positionLimit, code] })),
        null,
        String(code),
      );
    assert.equal(clippedProposedAction(transition(1, { ...clipped, reasonCodes: [] })), null);
    assert.equal(clippedProposedAction(transition(1, { ...clipped, appliedAction: Float32Array.of(1) })), null);
  });

  it('is not when the proposal was not an action', () => {
    for (const bad of [NaN, Infinity, 1.5, -2])
      assert.equal(
        clippedProposedAction(
          transition(1, { ...clipped, proposedAction: Float32Array.of(bad), reasonCodes: [GUARD_REASON.effortLimit] }),
        ),
        null,
        String(bad),
      );
    assert.equal(clippedProposedAction(transition(1, { ...clipped, proposedAction: Float32Array.of(1, 1) })), null);
  });

  async function trainer(learnClipped: boolean): Promise<Trainer> {
    const config = learnerConfig({ learnClipped });
    return buildTrainer({
      prior: [],
      config,
      sizes: { observationSize: 3, actionSize: 1, discount: 0.9 },
      seed: 1,
      logger: silentLogger,
      onAlert: () => undefined,
      makeEngine: (options) => Promise.resolve(new DriftingEngine(options)),
    });
  }

  it('is one step with two actions in the replay, and one step in every count', async () => {
    for (const learnClipped of [true, false]) {
      const subject = await trainer(learnClipped);
      subject.ingest(transition(1));
      subject.ingest(transition(2, clipped));
      assert.equal(subject.metrics()['steps'], 2);
      assert.equal(subject.replay.count, learnClipped ? 3 : 2);
      const batch = drawnBatch(subject.replay, new XoshiroRandom(2), 60);
      assert.equal(batch.actions.includes(1), learnClipped);
      assert.ok(batch.actions.includes(0));
    }
  });
});
