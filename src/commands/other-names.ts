import { closestMatch } from '../base/closest-match.ts';

/** Commands of earlier versions and of other tools, and what they are called here. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['start', 'demo'],
  ['train', 'pretrain'],
  ['learn', 'pretrain'],
  ['resume', 'pretrain --resume'],
  ['eval', 'evaluate'],
  ['test', 'evaluate'],
  ['play', 'run --policy'],
  ['replay', 'run --driver playback:RUN'],
  ['playback', 'run --driver playback:RUN'],
  ['rollout', 'replay-actions'],
  ['sim', 'simulate'],
  ['setup', 'setup-servos'],
  ['recover', 'clear-fault'],
  ['ports', 'scan'],
  ['import', 'robot import'],
  ['export', 'log export'],
  ['info', 'log info'],
  ['list', 'runs list'],
  ['delete', 'runs delete'],
  ['settings', 'config show'],
  ['robots', 'config show'],
  ['check', 'config check'],
  ['help', '--help'],
]);

/** The command that is meant by a word that is no command; null: unclear. */
export function commandMeantBy(word: string, commands: readonly string[]): string | null {
  const other = OTHER_NAMES.get(word);
  if (other !== undefined) return other;
  const nearest = closestMatch(word, [...commands, ...OTHER_NAMES.keys()], Math.ceil(word.length / 3));
  return nearest === null ? null : (OTHER_NAMES.get(nearest) ?? nearest);
}
