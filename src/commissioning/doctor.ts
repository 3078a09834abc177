import { toSoftqdError } from '../base/errors.ts';

export type FindingLevel = 'ok' | 'info' | 'warning' | 'error';

/** One result of doctor; `hint` is what to do next, or null. */
export interface Finding {
  /** Stable, e.g. `disk.space`. */
  readonly id: string;
  readonly level: FindingLevel;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | null;
}

/** One check. The command composes checks of other modules with those of this one. */
export interface Check {
  /** ID of the finding when the check itself fails. */
  readonly id: string;
  /** Timeout of a slow check; that of runDoctor when absent. */
  readonly timeoutMs?: number;
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

const TIMEOUT_MS = 20_000;

/** Runs the checks one after the other. A check that throws or exceeds its timeout (20 s) becomes a finding. In the order of `checks`. */
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
      resolve([failed(check, `no result within ${timeoutMs} ms`, null)]);
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
