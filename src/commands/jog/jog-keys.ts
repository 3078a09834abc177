import type { JointSpec } from '../../robot/robot-spec.ts';
import { jogInteractive, type Jogged, type JogOptions, type JogSetpoint } from '../../commissioning/index.ts';
import type { JogCommandOptions, JogKey } from './types.ts';

/** Steps of the arrow keys, in the joint's unit: about 1 and 6 degrees. */
const SMALL_STEP = 0.02;
const LARGE_STEP = 0.1;
/** Of the joint's maximum effort, for an effort-controlled joint. */
const SMALL_EFFORT_FRACTION = 0.05;
const LARGE_EFFORT_FRACTION = 0.2;

/**
 * The keys move an aim, `stop` puts it where the joint is, `quit` ends the jog. The aim is never far ahead of the joint, so that a blocked one is not pushed harder and harder.
 */
export async function jogWithKeys(
  { commandMode, limits }: JointSpec,
  listen: NonNullable<JogCommandOptions['keys']>,
  jog: JogOptions,
): Promise<Jogged<number> | null> {
  const quit = new AbortController();
  const effort = commandMode === 'effort';
  const most = limits.maxEffortNmOrN ?? 0;
  const low = effort ? -most : (limits.minPositionRadOrM ?? -Infinity);
  const high = effort ? most : (limits.maxPositionRadOrM ?? Infinity);
  const small = effort ? SMALL_EFFORT_FRACTION * most : SMALL_STEP;
  const large = effort ? LARGE_EFFORT_FRACTION * most : LARGE_STEP;
  const steps: Readonly<Record<JogKey, number>> = {
    'small-up': small,
    'small-down': -small,
    'large-up': large,
    'large-down': -large,
    stop: 0,
    quit: 0,
  };
  let aim: number | null = null;
  let at = NaN;
  const end = listen((key) => {
    if (key === 'quit') quit.abort();
    else if (Number.isFinite(at)) {
      const from = key === 'stop' ? (effort ? 0 : at) : (aim ?? (effort ? 0 : at));
      const wanted = from + steps[key];
      const near = effort ? wanted : Math.max(at - 2 * large, Math.min(at + 2 * large, wanted));
      aim = Math.max(low, Math.min(high, near));
    }
  });
  try {
    return await jogInteractive({ ...jog, quit: quit.signal }, (position): JogSetpoint | null => {
      at = position;
      return aim === null ? null : { kind: effort ? 'effort' : 'position', value: aim };
    });
  } finally {
    end();
  }
}
