export { LEARNER_SETTINGS, trainingSettings, type LearnerConfig } from './settings.ts';
