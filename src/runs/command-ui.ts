import type { SoftqdError } from '../base/errors.ts';
import type { LoadedConfig } from '../config/index.ts';

/** Latency of the control line in microseconds. */
export interface LatenessUs {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What a command reports while it works: one JSON line each with --json, rendered for people otherwise. Names of docs: interfaces of the commands. */
export type CommandEvent =
  | { readonly event: 'started'; readonly run: string; readonly learnerPid: number | null }
  | {
      readonly event: 'listening';
      readonly url: string;
      readonly mode?: string;
      readonly robot?: string;
      readonly controlPeriodS?: number;
    }
  | ProgressEvent
  | {
      readonly event: 'evaluation';
      readonly step: number;
      readonly mode: string;
      readonly mean: number;
      readonly std: number;
      readonly episodes: number;
    }
  | { readonly event: 'solved'; readonly step: number; readonly wallS: number }
  | StatusEvent
  | JointsEvent
  | {
      readonly event: 'phase';
      readonly phase: 'learning' | 'balancing';
      readonly text: string;
      readonly solvedReturn?: number;
    }
  | (Readonly<Record<string, unknown>> & { readonly event: 'done' });

/** `latenessUs` and `stepsTotal` may be added to the fields of interfaces; unknown numbers are null. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly step: number;
  readonly stepsTotal?: number;
  readonly episode: number;
  /** Of the newest finished episode. */
  readonly return: number | null;
  readonly updates: number;
  readonly stepsPerS: number;
  readonly updatesPerS: number;
  readonly alpha: number | null;
  readonly entropy: number | null;
  readonly qLoss: number | null;
  readonly latenessP99Us?: number | null;
}

/** The state of `run`, about once a second. */
export interface StatusEvent {
  readonly event: 'status';
  readonly state: string;
  readonly ticks: number;
  readonly skipped: number;
  readonly rateHz: number;
  readonly episode: number;
  readonly return: number | null;
  readonly policyVersion: number;
  readonly latenessUs: LatenessUs;
  readonly [more: string]: unknown;
}

/** Where the robot is, at most 10 times a second: for the drawing only, never printed as JSON. */
export interface JointsEvent {
  readonly event: 'joints';
  readonly positions: readonly number[];
  readonly velocities?: readonly number[];
  /** Command now applied, in the joint's unit. */
  readonly targets?: readonly number[];
}

/**
 * How a command talks. `event` takes a CommandEvent or a result object of the command (evaluate's object, one rollout
 * step, log info, findings): with --json one line on stdout, else rendered. All methods are safe at any time and never throw.
 */
export interface CommandUi {
  event(event: CommandEvent | Readonly<Record<string, unknown>>): void;
  /** One line for people: stderr, above the live line. */
  info(text: string): void;
  /** Reports an error; the command still returns its exit code (or throws the error instead of reporting it). */
  error(error: SoftqdError): void;
  /** Aborts at the first Ctrl-C or SIGTERM: stop in order, save, return. The process then exits 130. */
  readonly signal: AbortSignal;
}

/** Which robot and task a command turned out to be about, e.g. from a policy file. */
export interface Selection {
  readonly robot?: string | undefined;
  readonly task?: string | undefined;
}

export interface CommonOptions {
  /**
   * The effective configuration under the flags of this call (--config, --set, --data and those that stand for keys).
   * Without a selection --robot and --task are taken. Throws E_CONFIG*, E_ROBOT_*, E_TASK_UNKNOWN.
   */
  configure(selection?: Selection): Promise<LoadedConfig>;
  readonly json: boolean;
}

export interface RunOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  /** null: no policy yet, uniformly random until the learner sends one. */
  readonly policyFile: string | null;
  readonly learn: boolean;
  /** What `--driver` says, or null: the embedded simulator. */
  readonly driverUrl: string | null;
  /** null: until interrupted. */
  readonly durationS: number | null;
}

export interface SimulateOptions extends CommonOptions {
  readonly robot: string;
}

export interface VirtualOptions extends CommonOptions {
  readonly robot: string;
  /** null: that of the robot file's servos, `bridge` without. */
  readonly protocol: 'feetech' | 'dynamixel' | 'bridge' | null;
  /** As written after --fault, e.g. `drop=1%,reboot=3@12s`. */
  readonly faults: string | null;
  readonly seed: number;
  /** false: servos with factory values. */
  readonly calibrated: boolean;
  /** The joint whose servo is the only one on the bus, as it comes from its box; null: all, numbered. */
  readonly fresh: string | null;
  /** Somebody moves the joints that have no torque. */
  readonly hand: boolean;
  readonly truthFile: string | null;
  readonly linkPath: string | null;
}

export interface PretrainOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  /** The run's total, also when resumed. */
  readonly steps: number;
  readonly seed: number;
  readonly outFile: string;
  readonly simulators: number;
  /** null: a new run; `{run: null}`: the newest matching one, or a new one; `{run: ID or DIR}`: that one. */
  readonly resume: { readonly run: string | null } | null;
}

/** `softqd demo`: learns until solved, then balances in real time. */
export interface StartOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  readonly seed: number;
}

/** `softqd robot import`. */
export interface RobotImportOptions extends CommonOptions {
  /** The URDF. */
  readonly file: string;
  readonly name: string;
  readonly outDirectory: string;
  /** The link that reaches, or null: the only one that carries nothing. */
  readonly tip: string | null;
}

export interface EvaluateOptions extends CommonOptions {
  readonly policyFile: string;
  /** Exactly one of the two. */
  readonly initialStates: { readonly episodes: number; readonly seed: number } | { readonly file: string };
  readonly mode: 'sample' | 'zero' | 'best';
  /** null: those of the policy. */
  readonly robot: string | null;
  readonly task: string | null;
}

export interface RolloutOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  /** JSON lines; `-` = stdin. */
  readonly actionsFile: string;
}

export interface LogInfoOptions extends CommonOptions {
  readonly files: readonly string[];
}

export interface LogExportOptions extends CommonOptions {
  readonly files: readonly string[];
  readonly format: 'csv' | 'jsonl' | 'lerobot';
  readonly out: string;
  /** Exit 0 although damaged records were skipped. */
  readonly allowDamaged: boolean;
}

export interface LogRecoverOptions extends CommonOptions {
  readonly files: readonly string[];
  /** null: beside each file, `<name>.recovered.mcap`. */
  readonly out: string | null;
}

export interface PolicyInfoOptions extends CommonOptions {
  readonly file: string;
}

export interface DoctorOptions extends CommonOptions {
  readonly robot: string | null;
  readonly task: string | null;
  /** A servo bus to look at; null: none. */
  readonly driverUrl: string | null;
  /** Look for servos on every port that is free. */
  readonly scan: boolean;
}

export interface ReportOptions extends CommonOptions {
  /** A run id or directory; null = the newest in --data. */
  readonly run: string | null;
  /** null: report.html in the run's directory. */
  readonly outFile: string | null;
}

/** Every command: the exit code, or a thrown SoftqdError whose own exit code is taken. */
export type CommandFunction<Options extends CommonOptions> = (options: Options, ui: CommandUi) => Promise<number>;
