import { ERROR_CODES, type ErrorCode, type ExitCode } from './error-codes.ts';

export type ErrorValues = Readonly<
  Record<string, string | number | boolean | null | readonly string[] | readonly number[]>
>;

export interface SoftqdErrorOptions {
  /** A hint for the user, one sentence. */
  readonly hint?: string;
  /** Machine-readable values of this error. */
  readonly values?: ErrorValues;
  readonly cause?: unknown;
}

/** The only error thrown in src: a stable code (see docs/errors.md), a message for the user, values for programs. */
export class SoftqdError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly values: ErrorValues;

  constructor(code: ErrorCode, message: string, options: SoftqdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SoftqdError';
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
    this.values = options.values ?? {};
  }

  /** The process exit code of this error: 1 failed, 2 usage or configuration, 3 rejected for safety. */
  get exitCode(): ExitCode {
    return ERROR_CODES[this.code].exit;
  }

  /** The `{"error": ...}` object that `--json` prints. */
  toJSON(): { error: { code: ErrorCode; message: string; hint: string; values: ErrorValues } } {
    return { error: { code: this.code, message: this.message, hint: this.hint, values: this.values } };
  }
}

/** Wraps any thrown value in a SoftqdError; returns a SoftqdError unchanged. */
export function toSoftqdError(thrown: unknown, code: ErrorCode = 'E_INTERNAL'): SoftqdError {
  if (thrown instanceof SoftqdError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SoftqdError(code, message, { cause: thrown });
}
