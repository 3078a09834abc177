import type { Config } from './config.ts';
import { conflictingOptions } from '../engine/options/index.ts';
import { priorShareProblem } from '../learner/settings/index.ts';
import type { ConfigProblem } from './problem.ts';
import type { ConfigKey } from './schema.ts';

/** Reports settings that contradict each other. */
export function crossChecks(config: Config): readonly ConfigProblem[] {
  const { learner, simulator, api } = config;
  const { algorithm } = learner;
  const problems: ConfigProblem[] = [];
  const check = (holds: boolean, key: ConfigKey, text: string): void => {
    if (!holds)
      problems.push({ code: 'E_CONFIG_VALUE', text: `${key}: ${text}`, where: null, position: null, values: { key } });
  };
  check(
    learner.alphaClampLow <= learner.alphaClampHigh,
    'learner.alphaClampLow',
    `${learner.alphaClampLow} is above learner.alphaClampHigh ${learner.alphaClampHigh}`,
  );
  check(
    learner.replayCapacity >= algorithm.batchSize,
    'learner.replayCapacity',
    `${learner.replayCapacity} is smaller than learner.batchSize ${algorithm.batchSize}`,
  );
  check(
    algorithm.targetTau > 0 || algorithm.targetCopyUpdates > 0,
    'learner.targetTau',
    'is 0, and so is learner.targetCopyUpdates: the target networks would never be updated',
  );
  check(
    algorithm.criticTarget !== 'action-value' || algorithm.latent === 'zero',
    'learner.criticTarget',
    'action-value needs learner.latent zero: it follows one action of a deterministic sampler',
  );
  check(
    simulator.port === 0 || simulator.port !== api.port || simulator.host !== api.host,
    'simulator.port',
    `${simulator.port} is also api.port on the same address`,
  );
  check(
    simulator.url === null || simulator.command === null,
    'simulator.command',
    'is set, and so is simulator.url: a simulator is connected to, or started',
  );
  check(
    learner.resetEvery === 0 || learner.resetSettleUpdates < learner.resetEvery,
    'learner.resetSettleUpdates',
    `${learner.resetSettleUpdates} is not below learner.resetEvery ${learner.resetEvery}: no policy would be published after a reset`,
  );
  const shares = priorShareProblem(learner.priorLogs, algorithm.batchSize);
  check(shares === null, 'learner.priorLogs', shares ?? '');
  for (const { key, text } of conflictingOptions(algorithm)) check(false, `learner.${key}`, text);
  return problems;
}
