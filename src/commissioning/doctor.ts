import { toSoftqdError } from '../base/errors.ts';

export type FindingLevel = 'ok' | 'info' | 'warning' | 'error';

/** One thing that doctor found; `next` says what to do, or is null when nothing is. */
export interface Finding {
  /** Stable, e.g. `disk.space`. */
  readonly id: string;
  readonly level: FindingLevel;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | null;
}

/** One look at one matter. Facts of other rooms come in as checks too, composed by the daemon. */
export interface Check {
  /** Names the matter when the check itself fails. */
  readonly id: string;
  /** For one that takes its time; otherwise runDoctor's. */
  readonly timeoutMs?: number;
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

const TIMEOUT_MS = 20_000;

/** Runs every check, one after the other; a check that throws or hangs (20 s) becomes a finding itself. Order is that of the checks. */
export async function runDoctor(
  checks: readonly Check[],
  options: { readonly timeoutMs?: number } = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    findings.push(...(await runCheck(check, check.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS)));
  }
  return findings;
}

async function runCheck(check: Check, timeoutMs: number): Promise<readonly Finding[]> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve([failed(check, `gave no answer within ${timeoutMs} ms`, null)]);
    }, timeoutMs);
  });
  try {
    return await Promise.race([check.run(controller.signal), timeout]);
  } catch (thrown) {
    const { message, hint } = toSoftqdError(thrown);
    return [failed(check, message, hint)];
  } finally {
    clearTimeout(timer);
  }
}

function failed(check: Check, detail: string, hint: string | null): Finding {
  return { id: check.id, level: 'error', title: `the check ${check.id} failed`, detail, hint };
}
