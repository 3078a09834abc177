import { toSoftqdError } from '../../base/errors.ts';
import { CONNECTION_RULES } from './connection-rules.ts';
import { EPISODE_RULES } from './episode-rules.ts';
import { REAL_TIME_RULES } from './real-time-rules.ts';
import { command, resetBySeed, withConnection, type Rule, type RuleContext } from './rule.ts';

export { CheckConnection } from './check-connection.ts';

/** What came out of one rule. */
export interface RuleResult {
  readonly id: string;
  readonly rule: string;
  readonly result: 'ok' | 'broken' | 'skipped';
  /** What was received instead, or why it was skipped; null where the rule is kept. */
  readonly detail: string | null;
}

export interface SimulatorCheck {
  readonly mode: 'lock-step' | 'real-time' | null;
  readonly rules: readonly RuleResult[];
  /** Median time from Command to Reading, ms; null: not measured. */
  readonly stepMs: number | null;
}

const MEASURED_STEPS = 50;

/** Each rule comes after those that it needs. */
const RULES: readonly Rule[] = [...CONNECTION_RULES, ...EPISODE_RULES, ...REAL_TIME_RULES];

/** Checks every rule of docs/simulator-protocol.md, each on connections of its own. Ends early when `signal` aborts. */
export async function checkSimulator(options: Omit<RuleContext, 'spec'>, signal: AbortSignal): Promise<SimulatorCheck> {
  const context: RuleContext = { ...options, spec: null };
  const results = new Map<string, RuleResult>();
  for (const rule of RULES) {
    if (signal.aborted) break;
    results.set(rule.id, await resultOf(rule, context, results));
  }
  const canStep = results.get('command')?.result === 'ok' && !signal.aborted;
  return {
    mode: context.spec?.mode ?? null,
    rules: [...results.values()],
    stepMs: canStep ? await medianStepMs(context) : null,
  };
}

async function resultOf(
  { id, text, mode, needs, check }: Rule,
  context: RuleContext,
  results: ReadonlyMap<string, RuleResult>,
): Promise<RuleResult> {
  const skipped = (detail: string): RuleResult => ({ id, rule: text, result: 'skipped', detail });
  const missing = needs.find((name) => results.get(name)?.result === 'broken' || isBlocked(results.get(name)));
  if (missing !== undefined) return skipped(`${BLOCKED}${missing}`);
  if (mode !== undefined && context.spec !== null && context.spec.mode !== mode)
    return skipped(`the simulator runs in ${context.spec.mode === 'lock-step' ? 'lock-step' : 'real time'}`);
  try {
    const reason = await check(context);
    return reason === null ? { id, rule: text, result: 'ok', detail: null } : skipped(reason);
  } catch (error) {
    return { id, rule: text, result: 'broken', detail: toSoftqdError(error).message };
  }
}

const BLOCKED = 'cannot be checked without ';

function isBlocked(result: RuleResult | undefined): boolean {
  return result?.detail?.startsWith(BLOCKED) ?? false;
}

function medianStepMs(context: RuleContext): Promise<number> {
  return withConnection(context, {}, async (connection) => {
    await resetBySeed(context, connection, 1);
    const times: number[] = [];
    for (let i = 0; i < MEASURED_STEPS; i++) {
      const startMs = performance.now();
      await command(context, connection, i);
      times.push(performance.now() - startMs);
    }
    return times.sort((a, b) => a - b)[MEASURED_STEPS / 2]!;
  });
}
