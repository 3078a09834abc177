import { resetState } from '../engine/index.ts';
import type { Engine, EngineState } from '../engine/port.ts';
import type { LearnerConfig } from './settings/index.ts';

export type ResetConfig = Pick<LearnerConfig, 'resetEvery' | 'resetKeep' | 'resetSettleUpdates'>;

/** Resets of the networks every `resetEvery` gradient steps: a function of their number and of the seed. */
export class NetworkResets {
  private readonly config: ResetConfig;
  private readonly fresh: (reset: number) => EngineState;
  private made = 0;

  /** `fresh`: the new networks of a reset, counted from 1. */
  constructor(config: ResetConfig, fresh: (reset: number) => EngineState) {
    this.config = config;
    this.fresh = fresh;
  }

  /** Resets that were made. */
  get count(): number {
    return this.made;
  }

  /** Resets the engine when `resetEvery` gradient steps were made since the last time; `updates` were made in all. */
  apply(engine: Engine, updates: number): void {
    const { resetEvery, resetKeep } = this.config;
    if (resetEvery === 0) return;
    const due = Math.floor(updates / resetEvery);
    if (due <= this.made) return;
    this.made = due;
    engine.restore(resetState(engine.state(), this.fresh(due), resetKeep));
  }

  /** Whether the networks have not yet made `resetSettleUpdates` gradient steps since their reset. */
  settling(updates: number): boolean {
    const { resetEvery, resetSettleUpdates } = this.config;
    return this.made > 0 && updates < this.made * resetEvery + resetSettleUpdates;
  }

  restore(made: number): void {
    this.made = made;
  }
}
