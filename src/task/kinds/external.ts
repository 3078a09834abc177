import type { RobotSpec } from '../../robot/robot-spec.ts';
import { behaviorTask } from '../behavior-task.ts';
import type { TaskBehavior } from '../modules/define-task.ts';
import type { Task } from '../port.ts';
import { requireSensors, sensorValues } from '../sensors.ts';
import { readParameters, type TaskSettings } from '../settings.ts';

const OBSERVATION = 'observation';
const REWARD = 'reward';
const TERMINATED = 'terminated';
const SUCCESS = 'success';

/**
 * The simulator defines the task: it sends the sensors `observation`, `reward` (of the step that ends with this reading) and `terminated`
 * (0: the episode continues), and optionally `success` (not 0: the episode counts as a success). Actions are those of the robot's joints. Where an
 * episode begins is the simulator's decision, too: the initial state is zero for each joint.
 */
export function createExternal(robot: RobotSpec, settings: TaskSettings): Task {
  readParameters(settings, {});
  const required = [OBSERVATION, REWARD, TERMINATED];
  requireSensors(
    robot,
    settings,
    required.map((name) => ({ name, minSize: 1 })),
  );
  const reportsSuccess = robot.sensors.some(({ name }) => name === SUCCESS);
  const { size = 0, elements } = robot.sensors.find(({ name }) => name === OBSERVATION) ?? {};
  const count = robot.joints.length;
  const behavior: TaskBehavior = {
    observationNames: elements ?? Array.from({ length: size }, (_, i) => `${OBSERVATION}[${i}]`),
    sampleInitialState: () => ({ qpos: new Float64Array(count), qvel: new Float64Array(count) }),
    initialMemory: () => [0],
    observe: (reading) => sensorValues(reading, OBSERVATION),
    nextMemory: ({ after, memory }) => [
      memory[0] !== 0 || (reportsSuccess && sensorValues(after, SUCCESS)[0] !== 0) ? 1 : 0,
    ],
    reward: ({ after }) => sensorValues(after, REWARD)[0]!,
    terminated: (after) => sensorValues(after, TERMINATED)[0] !== 0,
    ...(reportsSuccess && { outcome: (memory) => (memory[0] === 1 ? 'success' : null) }),
  };
  const requiredSensors = reportsSuccess ? [...required, SUCCESS] : required;
  return behaviorTask(robot, settings, { behavior, requiredSensors });
}
