import { createHash } from 'node:crypto';
import { latentSize } from '../engine/index.ts';
import { encodePolicy } from '../policy/index.ts';
import type { PolicyBytes } from '../experience/port.ts';
import { trainingSettings, type LearnerConfig } from './settings/index.ts';
import type { Trainer } from './trainer.ts';

/** Robot and task of a learner, for the policy file. */
export interface LearningTask {
  readonly robot: string;
  readonly name: string;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
  readonly discount: number;
}

export interface PolicyOrigin {
  readonly task: LearningTask;
  readonly config: LearnerConfig;
  readonly seed: number;
  /** SHA-256 of the policy this one is fine-tuned from. */
  readonly parent: string | null;
}

/** The trainer's policy now, as file bytes: a function of its state only. Throws E_POLICY_NON_FINITE. */
export function policyBytes(trainer: Trainer, origin: PolicyOrigin, version: number): PolicyBytes {
  const { task, config, seed, parent } = origin;
  const bytes = encodePolicy({
    meta: {
      robot: task.robot,
      task: task.name,
      observationNames: task.observationNames,
      actionNames: task.actionNames,
      samplerLayers: config.algorithm.samplerLayers,
      criticLayers: config.algorithm.criticLayers,
      criticCount: config.algorithm.criticCount,
      latentSize: latentSize(trainer.engine.options),
      latentSkip: config.algorithm.latentSkip,
      algorithm: {
        ...trainer.engine.options,
        ...trainingSettings(config),
        seed,
        updates: trainer.updates,
        rewardNormalizer: trainer.rewardStatistics,
      },
      step: trainer.schedule.steps,
      parent,
    },
    tensors: trainer.policyTensors(),
  });
  return { version, sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
}
