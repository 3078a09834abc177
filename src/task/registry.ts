import type { CompiledModule } from '../base/compiled-module.ts';
import { closestMatch } from '../base/closest-match.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { refuseReward } from './goal/reward-terms.ts';
import { createExternal } from './kinds/external.ts';
import { createHoldPose } from './kinds/hold-pose.ts';
import { createTrack } from './kinds/track/track.ts';
import { createBalance } from './kinds/balance/balance.ts';
import { createFinishLine } from './kinds/finish-line.ts';
import { createLocomotion } from './kinds/locomotion/locomotion.ts';
import { createMaze } from './kinds/maze.ts';
import { createMultiGoal } from './kinds/multi-goal.ts';
import { createPendulum } from './kinds/pendulum.ts';
import { createReach } from './kinds/reach/reach.ts';
import { createReacher } from './kinds/reacher.ts';
import { createSwingUp } from './kinds/swing-up.ts';
import { createModuleTask } from './modules/module-task.ts';
import type { Task } from './port.ts';
import { checkSettings, type TaskSettings } from './settings.ts';

/** Throws E_ROBOT_FILE or E_TASK_SENSOR_MISSING when the robot lacks what this kind of task needs. */
type TaskFactory = (robot: RobotSpec, settings: TaskSettings) => Task;

/** Every kind of task. A task file (`tasks/<name>.json5`) names one; any robot that has what the kind needs can do it. */
const KINDS: ReadonlyMap<string, TaskFactory> = new Map([
  ['balance', createBalance],
  ['external', createExternal],
  ['finish-line', createFinishLine],
  ['hold-pose', createHoldPose],
  ['locomotion', createLocomotion],
  ['maze', createMaze],
  ['multi-goal', createMultiGoal],
  ['pendulum', createPendulum],
  ['reach', createReach],
  ['reacher', createReacher],
  ['swing-up', createSwingUp],
  ['track', createTrack],
]);

/** Kinds whose reward a task file may compose of terms. */
const COMPOSED: readonly string[] = ['hold-pose', 'reach', 'track'];

/**
 * Creates a task for a robot; `module`: the user's own, where the task file names one. Throws E_TASK_MODULE, E_CONFIG_VALUE (unknown kind,
 * wrong settings), E_CONFIG_UNKNOWN_KEY (unknown parameter), and E_TASK_SENSOR_MISSING or E_ROBOT_FILE when the robot lacks a sensor, a
 * joint, a range or the kinematics that the kind needs.
 */
export function createTask(robot: RobotSpec, settings: TaskSettings, module: CompiledModule | null = null): Task {
  if (module !== null) {
    checkSettings(settings);
    refuseReward(settings);
    return createModuleTask(robot, settings, module);
  }
  const factory = KINDS.get(settings.kind);
  if (factory === undefined) throw unknownKind(settings);
  checkSettings(settings);
  if (!COMPOSED.includes(settings.kind)) refuseReward(settings);
  return factory(robot, settings);
}

function unknownKind({ name, kind }: TaskSettings): SoftqdError {
  const known = [...KINDS.keys()];
  const suggestion = closestMatch(kind, known);
  return new SoftqdError(
    'E_CONFIG_VALUE',
    `task ${name}: unknown kind ${JSON.stringify(kind)}; available: ${known.join(', ')}`,
    {
      ...(suggestion === null ? {} : { hint: `Did you mean ${suggestion}?` }),
      values: { task: name, key: 'kind', value: kind, known },
    },
  );
}
