import { SoftqdError } from '../base/errors.ts';
import type {
  CommandFunction,
  DoctorOptions,
  EvaluateOptions,
  LogExportOptions,
  LogInfoOptions,
  LogRecoverOptions,
  PolicyInfoOptions,
  PretrainOptions,
  ReportOptions,
  RolloutOptions,
  RunOptions,
  SimulateOptions,
  StartOptions,
} from './command-ui.ts';

export type * from './command-ui.ts';

const notYet = (name: string) => (): Promise<number> =>
  Promise.reject(new SoftqdError('E_NOT_YET', `softqd ${name} is not built yet in this version.`));

export const runCommand: CommandFunction<RunOptions> = notYet('run');
export const startCommand: CommandFunction<StartOptions> = notYet('start');
export const simulateCommand: CommandFunction<SimulateOptions> = notYet('simulate');
export const pretrainCommand: CommandFunction<PretrainOptions> = notYet('pretrain');
export const evaluateCommand: CommandFunction<EvaluateOptions> = notYet('evaluate');
export const rolloutCommand: CommandFunction<RolloutOptions> = notYet('rollout');
export const logInfoCommand: CommandFunction<LogInfoOptions> = notYet('log info');
export const logExportCommand: CommandFunction<LogExportOptions> = notYet('log export');
export const logRecoverCommand: CommandFunction<LogRecoverOptions> = notYet('log recover');
export const policyInfoCommand: CommandFunction<PolicyInfoOptions> = notYet('policy info');
export const doctorCommand: CommandFunction<DoctorOptions> = notYet('doctor');
export const reportCommand: CommandFunction<ReportOptions> = notYet('report');
