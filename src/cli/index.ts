export {
  parseChoiceFlag,
  parseHostPort,
  parseIdList,
  parseNumberFlag,
  SEED_RANGE,
  SIMULATOR_FLAG_HELP,
  simulatorKeyFlags,
} from './arguments.ts';
export {
  addCommonFlags,
  addRobotIdFlag,
  collectValues,
  commonOptions,
  ROBOT_FLAG_HELP,
  type CommonFlags,
  type CommonOptions,
} from './common-flags.ts';
export { detachClosedTerminal } from './closed-terminal.ts';
export type { Panel, ProgressDisplay, WatchDisplay } from './display.ts';
export { confirmOn, yesOrNoOn, type Confirm } from './ask-yes.ts';
export { STOP_KEYS_TEXT, stopOnKeys } from './stop-keys.ts';
export { withEnterPrompt } from './enter-prompt.ts';
export type { CommandFunction, CommandRunner, CommandSpec, TerminalUi } from './host.ts';
export { dataFlag, nextSteps, programName, shellWord } from './next-steps.ts';
export { EXIT_INTERRUPTED, untilAborted, watchInterrupts } from './interrupt.ts';
export { listenToKeys, type Key } from './key-input.ts';
export { streamOutput, type CliIo } from './output.ts';
export { createUi } from './ui/create-ui.ts';
export { doneText, runEventText, runLiveLine, stoppedText, successCountText } from './ui/event-lines.ts';
export { isUnicodeLocale, styleFor, type Style } from './ui/style.ts';
export { objectRows, printable, shortNumber, table } from './ui/table.ts';
export { afterEvent, withNote } from './watch/watch-state.ts';
