/** A module of the user as one CommonJS text, with everything that it imports but `softqd/task`. */
export interface CompiledModule {
  /** Absolute path of the module. */
  readonly file: string;
  /** SHA-256 over the names and contents of its source files. */
  readonly sha256: string;
  readonly code: string;
  /** Source map of `code`, JSON; its sources are relative to the folder of `file`. */
  readonly sourceMap: string;
}
