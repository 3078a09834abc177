export { ownShare, priorShareProblem, type PriorLogSetting } from './prior-logs.ts';
export { LEARNER_SETTINGS, trainingSettings, type LearnerConfig } from './settings.ts';
