import type { SamplerInfo, UpdateSettings } from '../engine/port.ts';
import type { LearnerAlert } from '../experience/port.ts';
import type { LearnerConfig } from './settings/index.ts';

/** End and length of the paper's fine-tuning schedule, gradient steps. */
const FINE_TUNING_END = 0.001;
const FINE_TUNING_UPDATES = 200_000;
/** Consecutive updates of the sampler at a bound before it is reported. */
const CLAMPED_UPDATES_LIMIT = 200;

/** Bounds of automatic alpha and the value of a scheduled one before gradient step `updates` (from 0); meanAbsReward is normalized. */
export function temperatureSettings(
  config: LearnerConfig,
  meanAbsReward: number,
  updates: number,
): Omit<UpdateSettings, 'rewardFactor'> {
  const { rewardScale, initialAlpha: start } = config.algorithm;
  const unit = rewardScale * meanAbsReward;
  const scheduled = start * (FINE_TUNING_END / start) ** Math.min(updates / FINE_TUNING_UPDATES, 1);
  return {
    alphaMin: config.alphaClampLow * unit,
    alphaMax: config.alphaClampHigh * unit,
    alpha: config.alphaSchedule === 'paper-fine-tuning' ? scheduled : null,
  };
}

export interface AlphaMonitorState {
  readonly low: number;
  readonly high: number;
}

/** Reports once, with the reason, that automatic alpha stays at a bound; again only after it has left the bound. */
export class AlphaMonitor {
  private readonly targetEntropy: number;
  private low = 0;
  private high = 0;

  constructor(targetEntropy: number) {
    this.targetEntropy = targetEntropy;
  }

  look(info: SamplerInfo, settings: Pick<UpdateSettings, 'alphaMin' | 'alphaMax'>): LearnerAlert | null {
    this.low = info.alpha <= settings.alphaMin * (1 + 1e-5) ? this.low + 1 : 0;
    this.high = info.alpha >= settings.alphaMax * (1 - 1e-5) ? this.high + 1 : 0;
    if (this.high === CLAMPED_UPDATES_LIMIT) return this.alert(info, 'upper', settings.alphaMax);
    if (this.low === CLAMPED_UPDATES_LIMIT) return this.alert(info, 'lower', settings.alphaMin);
    return null;
  }

  save(): AlphaMonitorState {
    return { low: this.low, high: this.high };
  }

  restore(state: AlphaMonitorState): void {
    this.low = state.low;
    this.high = state.high;
  }

  private alert(info: SamplerInfo, side: 'upper' | 'lower', bound: number): LearnerAlert {
    const numbers = `entropy ${info.entropy.toPrecision(4)} nats, target ${this.targetEntropy.toPrecision(4)}`;
    const why =
      side === 'upper'
        ? 'the entropy of the sampler stays below the target at the largest temperature allowed'
        : 'the entropy of the sampler stays above the target at the smallest temperature allowed';
    return {
      level: 'warning',
      code: 'E_ALPHA_CLAMPED',
      message: `alpha is clamped at its ${side} bound ${bound.toPrecision(4)} (relative to mean |r|): ${why}; ${numbers}`,
      hint:
        side === 'upper'
          ? 'Lower learner.targetEntropyPerDimension (saturated actions cost entropy), raise learner.fixedParticles (8 from about ten joints on), or raise learner.alphaClampHigh.'
          : 'Raise learner.targetEntropyPerDimension, or check that rewards differ between actions.',
    };
  }
}
