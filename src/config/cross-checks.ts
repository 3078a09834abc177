import type { Config } from './config.ts';
import type { ConfigProblem } from './problem.ts';
import type { ConfigKey } from './schema.ts';

/** What no single range can say: settings that contradict each other. */
export function crossChecks(config: Config): readonly ConfigProblem[] {
  const { learner, simulator, api } = config;
  const problems: ConfigProblem[] = [];
  const claim = (holds: boolean, key: ConfigKey, text: string): void => {
    if (!holds)
      problems.push({ code: 'E_CONFIG_VALUE', text: `${key}: ${text}`, where: null, position: null, values: { key } });
  };
  claim(
    learner.alphaClampLow <= learner.alphaClampHigh,
    'learner.alphaClampLow',
    `${learner.alphaClampLow} is above learner.alphaClampHigh ${learner.alphaClampHigh}`,
  );
  claim(
    learner.replayCapacity >= learner.batchSize,
    'learner.replayCapacity',
    `${learner.replayCapacity} is smaller than learner.batchSize ${learner.batchSize}`,
  );
  claim(
    learner.targetTau > 0 || learner.targetCopyUpdates > 0,
    'learner.targetTau',
    'is 0 and learner.targetCopyUpdates too: the target networks would never move',
  );
  claim(
    learner.criticTarget !== 'action-value' || learner.latent === 'zero',
    'learner.criticTarget',
    'action-value needs learner.latent zero: it follows one action of a deterministic sampler',
  );
  claim(
    simulator.port === 0 || simulator.port !== api.port || simulator.host !== api.host,
    'simulator.port',
    `${simulator.port} is also api.port on the same address`,
  );
  return problems;
}
