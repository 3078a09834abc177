import {
  dataFlag,
  doneText,
  nextSteps,
  runEventText,
  runLiveLine,
  shellWord,
  type ProgressDisplay,
} from '../../cli/index.ts';
import type { PretrainEvent } from './types.ts';

/** Whose training is printed, for the commands that follow it. */
interface PretrainedRobot {
  /** How softqd is called here. */
  readonly program: string;
  readonly robot: string;
  readonly task: string;
  /** The value of --data. */
  readonly data: string | undefined;
  /** The value of --simulator. */
  readonly simulator?: string;
}

/** The events of `pretrain` as text; the end names what to do with the policy. */
export function pretrainDisplay(pretrained: PretrainedRobot): ProgressDisplay<PretrainEvent> {
  return {
    kind: 'progress',
    liveLine: runLiveLine,
    text: (event) =>
      event.event === 'done' ? `${doneText(event)}\nnext\n${nextText(pretrained, event.policy)}` : runEventText(event),
  };
}

function nextText({ program, robot, task, data, simulator }: PretrainedRobot, policy: string): string {
  const flags = `--policy ${shellWord(policy)}`;
  // A policy has the name of its robot, not the folder; a simulator that is given may have no real time.
  const folder = robot.includes('/') ? ` --robot ${shellWord(robot)}` : '';
  const where = simulator === undefined ? '' : ` --simulator ${shellWord(simulator)}`;
  const run = `${program} run --robot ${shellWord(robot)} --task ${shellWord(task)} ${flags}`;
  return nextSteps([
    { command: `${program} evaluate ${flags}${folder}${where}`, what: 'returns and success rate' },
    ...(simulator === undefined ? [{ command: run, what: 'in real time' }] : []),
    { command: `${program} report${dataFlag(data)}`, what: 'learning curves as a page' },
  ]);
}
