/** The exports of native/, which checks the arguments. Errors are plain; the caller translates them. */
export interface NativeAddon {
  /** Version of this interface. */
  readonly abi: number;
  /** Instruction sets of this build that this processor runs, best first. */
  isas(): readonly IsaName[];
  /** null, or the kernel that computes wrongly here. */
  selfTest(isa: IsaName): string | null;
  /** GFLOP/s of one core for [rows, k] x [k, n], best of `repeats`. */
  gemmPeak(isa: IsaName, rows: number, n: number, k: number, repeats: number): number;
  readonly NativeEngine: new (options: Readonly<Record<string, unknown>>) => NativeEngineHandle;
  readonly NativePolicy: new (options: NativePolicyShape & { readonly isa: IsaName }) => NativePolicyHandle;
  readonly NativeTicker: new (
    periodNs: number,
    onTick: (deadlineNs: number, nowNs: number, skipped: number) => void,
  ) => {
    stop(): void;
    /** Shifts the following deadlines by this number of nanoseconds, less than a period. */
    shift(byNs: number): void;
  };
  /** Calls back once at or after `deadlineNs`; replaces an earlier deadline. Keeps the event loop alive only while a deadline is set. */
  readonly NativeTimer: new (callback: () => void) => { set(deadlineNs: number): void; clear(): void; stop(): void };
  /** CLOCK_MONOTONIC. */
  monotonicNs(): number;
  /** CLOCK_BOOTTIME minus CLOCK_MONOTONIC: how long this machine was suspended since it started. */
  suspendedNs(): number;
  openPty(): { readonly masterFd: number; readonly slaveFd: number; readonly slavePath: string } | SystemFailure;
  /** Bit/s of a terminal, of either end of a pseudo-terminal. */
  baudRate(fd: number): number | SystemFailure;
  setBaudRate(fd: number, bitsPerS: number): SystemFailure | null;
  /** Locks mapped files (program code, libraries) into RAM; bytes locked, or why nothing is. */
  lockFiles(): number | SystemFailure;
  /** For the calling thread. 0 = normal scheduling. */
  setRealTime(priority: number): SystemFailure | null;
  /** For every thread of the process, as is `setNice`. */
  setAffinity(cpus: readonly number[]): SystemFailure | null;
  setNice(nice: number): SystemFailure | null;
}

/** The call, the error's name, its text. */
export type SystemFailure = readonly [call: string, code: string, text: string];

export type IsaName = 'avx512' | 'avx2' | 'neon' | 'portable';

export interface NativeTensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The memory of one engine. Tensors are numbered in the order of `tensors()`. */
export interface NativeEngineHandle {
  tensors(): readonly NativeTensorInfo[];
  read(index: number, out: Float32Array): void;
  write(index: number, from: Float32Array): void;
  /** Call after writes: updates values derived from the weights. */
  refresh(): void;
  /** observations, actions, rewards, nextObservations, terminated; discounts; four noises; settings [4]; info [7]. false: nothing was changed. */
  updateCritic(...args: readonly (Float32Array | Float64Array)[]): boolean;
  /** observations; fixedLatents, updatedLatents; settings [4]; info [6]. false: nothing was changed. */
  updateSampler(...args: readonly (Float32Array | Float64Array)[]): boolean;
  /**
   * Rows of a replay memory, normalized, into a batch: observations, actions; rows, observationRows, nextObservationRows; mean, scale; then
   * the batch's observations, actions, nextObservations; its first row and their number.
   */
  gather(...args: readonly (Float32Array | Int32Array | number)[]): void;
  /** The six noise arrays, two words of seed; whether the critics' and the sampler's part are drawn. */
  noise(...args: readonly (Float32Array | number | boolean)[]): void;
  dispose(): void;
  logAlpha: number;
  updates: number;
  samplerUpdates: number;
  /** Allocated bytes. */
  readonly bytes: number;
  readonly isa: IsaName;
}

/** A layer of a network with all its numbers; 0 or false where its kind has none. */
interface NativeLayer {
  readonly kind: 'dense' | 'residual' | 'layerNorm';
  readonly width: number;
  readonly expand: number;
  readonly layerNorm: boolean;
  readonly relu: boolean;
}

export interface NativePolicyShape {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly latentSize: number;
  readonly samplerLayers: readonly NativeLayer[];
  readonly criticLayers: readonly NativeLayer[];
  readonly criticCount: number;
  readonly latentSkip: number;
  /** Max draws of one `act`. */
  readonly draws: number;
}

/** The weights of one policy and the arrays shared with the caller. */
export interface NativePolicyHandle {
  /** In: [observation], normalized. */
  readonly observation: Float32Array;
  /** In: [draws, latent]. */
  readonly latents: Float32Array;
  /** Out: [action] in [-1, 1]. */
  readonly action: Float32Array;
  tensors(): readonly NativeTensorInfo[];
  write(index: number, from: Float32Array): void;
  /** tanh(f(latent; observation)) of the first latent, or with more draws the best by the minimum over the critics. */
  act(draws: number): void;
}
