export { MULTI_GOAL_RADIUS_M, MULTI_GOALS_M } from './kinds/multi-goal.ts';
export type * from './port.ts';
export { createTask } from './registry.ts';
export type { TaskSettings } from './settings.ts';
