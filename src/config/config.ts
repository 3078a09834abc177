import type { LogLevel } from '../base/logger.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** Every setting with its effective value; null = "not stated, take the robot's or the default place". Documentation of each key: schema.ts. */
export interface Config {
  readonly control: ControlConfig;
  readonly driver: DriverConfig;
  readonly simulator: SimulatorConfig;
  readonly api: ApiConfig;
  readonly data: DataConfig;
  readonly log: LogConfig;
  readonly evaluation: EvaluationConfig;
  readonly learner: LearnerConfig;
  readonly task: TaskConfig;
  readonly ui: UiConfig;
}

export interface ControlConfig {
  readonly rateHz: number | null;
  readonly readingMaxAgeMs: number | null;
  readonly rearm: 'manual' | 'after-reconnect';
  readonly realTimePriority: number;
  readonly niceness: number;
  readonly cpus: readonly number[];
  readonly lockMemory: boolean;
}

/** Hardware and what stands in its place; a simulator behind its WebSocket has its own. */
export interface DriverConfig {
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number | null;
  readonly receiveTimeoutMs: number | null;
  readonly reconnectTimeoutMs: number;
}

export interface SimulatorConfig {
  /** null: the daemon starts its embedded simulator. */
  readonly url: string | null;
  readonly host: string;
  readonly port: number;
  readonly mode: 'lock-step' | 'real-time';
  readonly tokenFile: string | null;
  readonly maxFrameBytes: number;
  readonly receiveTimeoutMs: number;
}

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
}

export interface DataConfig {
  /** Absolute. */
  readonly directory: string;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly maxQueuedMb: number;
  readonly maxSegmentMb: number;
  readonly jointStates: boolean;
  readonly ticks: boolean;
}

export interface EvaluationConfig {
  readonly everySteps: number;
  readonly episodes: number;
  readonly seed: number;
}

/** One gradient step (names of AlgorithmOptions) and the loop around it. */
export interface LearnerConfig {
  readonly preset: string;
  readonly engine: 'auto' | 'native' | 'tensorflow';
  readonly backend: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  readonly threads: number;
  readonly warmupSteps: number;
  readonly learningStartsSteps: number;
  readonly updatesPerStep: number;
  readonly policySyncSteps: number;
  readonly replayCapacity: number;
  readonly memoryBudgetMb: number;
  readonly checkpointEverySteps: number;
  readonly metricsEverySteps: number;
  readonly maxNonFiniteUpdates: number;
  readonly niceness: number;
  readonly normalizeObservations: boolean;
  readonly learnClipped: boolean;
  readonly exploration: 'none' | 'ornstein-uhlenbeck';
  readonly latentCorrelation: number;
  readonly alphaClampLow: number;
  readonly alphaClampHigh: number;
  readonly alphaSchedule: 'none' | 'paper-fine-tuning';
  readonly targetEntropyPerDimension: number;
  readonly proposalSwitchUpdates: number | null;
  readonly hiddenUnits: readonly number[];
  readonly criticCount: 1 | 2;
  readonly criticLayerNorm: boolean;
  readonly batchSize: number;
  readonly fixedParticles: number;
  readonly updatedParticles: number;
  readonly valueSamples: number;
  readonly proposal: 'uniform' | 'sampler' | 'mixture';
  readonly proposalUniformFraction: number;
  readonly proposalSigma: number;
  readonly importanceExponent: number;
  readonly svgdSpace: 'pre-tanh' | 'action' | 'action-released';
  readonly kernelDistances: 'fixed' | 'cross';
  readonly kernelFactor: 'two-log-plus-one' | 'log' | 'log-plus-one';
  readonly repulsion: boolean;
  readonly latent: 'normal' | 'zero';
  readonly criticTarget: 'soft-value' | 'action-value';
  readonly targetTau: number;
  readonly targetCopyUpdates: number;
  readonly temperature: 'fixed' | 'automatic';
  readonly initialAlpha: number;
  readonly alphaLearningRate: number;
  readonly criticLearningRate: number;
  readonly samplerLearningRate: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  readonly rewardScale: number;
}

/** null only while no task is chosen. */
export interface TaskConfig {
  readonly discount: number | null;
  readonly horizon: number | null;
}

export interface UiConfig {
  readonly refreshHz: number;
  readonly progressPeriodS: number;
  readonly glyphs: 'auto' | 'braille' | 'ascii';
}

/** What a task file states, after a preset's and the user's changes. */
export interface TaskFile {
  readonly name: string;
  readonly discount: number;
  /** Steps after which an episode is truncated. */
  readonly horizon: number;
  /** Numbers of the task's own definition; their meaning belongs to the task. */
  readonly parameters: Readonly<Record<string, number>>;
}

export interface ExplainedKey {
  readonly key: string;
  /** `(hidden)` when sensitive and set. */
  readonly value: unknown;
  /** `default`, `preset NAME`, `robot NAME`, `task NAME`, `file PATH:LINE`, `env NAME` or `flag --NAME`. */
  readonly source: string;
  readonly unit: string | null;
  /** The allowed values in words. */
  readonly allowed: string;
  readonly doc: string;
  readonly sensitive: boolean;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly preset: string;
  readonly robot: RobotSpec | null;
  /** Absolute folder of robot.json5 and the model files. */
  readonly robotDirectory: string | null;
  readonly task: TaskFile | null;
  /** What is odd but harmless, e.g. an unknown SOFTQD_ variable; for people. */
  readonly warnings: readonly string[];
  explain(): readonly ExplainedKey[];
  /** Canonical JSON of everything that defines a run: no paths, ports, tokens, queue sizes or looks. Equal text, equal run (with the same seed and command). */
  hashText(): string;
}
