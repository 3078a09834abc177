/** The task file of a new task. */
export function taskFileText(name: string): string {
  return `// Task ${name}; what it is stands in ${name}.ts. Check both: softqd task check tasks/${name}.json5
{
  module: './${name}.ts',
  title: 'Bring every joint to a position drawn for each episode',
  // How much the next steps count: 0.9 looks about 10 steps ahead.
  discount: 0.9,
  // Steps of an episode.
  horizon: 200,
  parameters: { toleranceRadOrM: 0.05 },
  learner: { warmupSteps: 500, learningStartsSteps: 500 },
}
`;
}

/** The module of a new task: complete, for any robot. */
export function moduleText(name: string): string {
  return `// Task ${name}: bring every joint to a position that is drawn for each episode. Change it to what you want.
// Every function is pure: it depends on its arguments only, and changes none of them.
import { defineTask, samplePose, type Reading } from 'softqd/task';

export default defineTask({
  // What the task file may state under \`parameters\`.
  parameters: {
    toleranceRadOrM: { default: 0.05, min: 0.001, max: 1 },
  },
  create({ robot, parameters }) {
    const joints = robot.joints.map(({ name }) => name);
    const errors = ({ positions }: Reading, goal: Float64Array) => goal.map((value, i) => value - positions[i]!);
    const distance = (reading: Reading, goal: Float64Array) => Math.hypot(...errors(reading, goal)) / Math.sqrt(joints.length);
    return {
      observationNames: [
        ...joints.map((name) => \`position(\${name})\`),
        ...joints.map((name) => \`velocity(\${name})\`),
        ...joints.map((name) => \`error(\${name})\`),
      ],
      // Where an episode begins, and what initialMemory gets: here the goal.
      sampleInitialState: (random) => ({ ...samplePose(robot, random), memory: samplePose(robot, random).qpos }),
      // What the task remembers during an episode; without a given goal, the present position.
      initialMemory: (reading, { memory }) => memory ?? reading.positions,
      observe: (reading, goal) => [...reading.positions, ...reading.velocities, ...errors(reading, goal)],
      reward({ before, after, action }, goal) {
        const progress = distance(before, goal) - distance(after, goal);
        const cost = action.reduce((sum, a) => sum + a * a, 0) / joints.length;
        return 20 * progress - 0.1 * cost + (distance(after, goal) < parameters.toleranceRadOrM ? 1 : 0);
      },
    };
  },
});
`;
}

/** tsconfig.json for the editor; `types`: path of the types of softqd/task in this installation. */
export function typeScriptConfigText(types: string): string {
  return `${JSON.stringify(
    {
      compilerOptions: {
        target: 'es2023',
        module: 'nodenext',
        strict: true,
        noUncheckedIndexedAccess: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        types: [],
        paths: { 'softqd/task': [types] },
      },
      include: ['*.ts'],
    },
    null,
    2,
  )}\n`;
}
