import { GUARD_REASON, reasonName, type GuardReasonCode } from '../robot/reasons.ts';

/** Reasons as bits, so that a check does not allocate: bit `code` is the reason code. */
export type ReasonMask = number;

export const NO_REASON: ReasonMask = 0;
export const reasonBit = (code: GuardReasonCode): ReasonMask => 1 << code;

/** Converts masks to the arrays of commands, and counts. Each combination has one shared array. */
export class ReasonCounter {
  readonly clips = new Map<string, number>();
  private readonly known = new Map<ReasonMask, readonly GuardReasonCode[]>();

  constructor() {
    this.known.set(NO_REASON, Object.freeze([]));
  }

  /** The mask's codes, ascending as GUARD_REASON is; each counts once. */
  take(mask: ReasonMask): readonly GuardReasonCode[] {
    let codes = this.known.get(mask);
    if (codes === undefined) {
      codes = Object.freeze(Object.values(GUARD_REASON).filter((code) => (mask & reasonBit(code)) !== 0));
      this.known.set(mask, codes);
    }
    for (const code of codes) {
      const name = reasonName(code);
      this.clips.set(name, (this.clips.get(name) ?? 0) + 1);
    }
    return codes;
  }
}
