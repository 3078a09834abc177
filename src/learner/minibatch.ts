import type { Random } from '../base/random.ts';
import type { Batch, Engine } from '../engine/port.ts';
import type { ReplayDraw, ReplaySources } from '../experience/index.ts';
import type { Normalizer } from '../policy/index.ts';

/** The batch of an update: drawn from the replay memories, normalized; its arrays are reused. */
export class Minibatch {
  readonly batch: Batch;
  private readonly sources: ReplaySources;
  private readonly normalizer: Normalizer;
  private readonly drawn: ReplayDraw;

  constructor(
    sources: ReplaySources,
    { normalizer, batch }: { readonly normalizer: Normalizer; readonly batch: Batch },
  ) {
    this.batch = batch;
    this.sources = sources;
    this.normalizer = normalizer;
    const places = (): Int32Array => new Int32Array(batch.rewards.length);
    const { rewards, terminated, discounts } = batch;
    const rows = { rows: places(), observationRows: places(), nextObservationRows: places() };
    this.drawn = { ...rows, rewards, terminated, discounts };
  }

  /** Draws the next batch; the engine copies where it can. */
  fill(engine: Engine, random: Random): void {
    const { batch, drawn, normalizer } = this;
    const parts = this.sources.draw(random, drawn);
    if (engine.gather) {
      const { mean, scale } = normalizer;
      for (const { memory, first, count } of parts) {
        const { observations, actions } = memory;
        engine.gather({ ...drawn, observations, actions, mean, scale, first, count }, batch);
      }
      return;
    }
    for (const part of parts) part.memory.copy(drawn, batch, part);
    normalizer.apply(batch.observations, batch.observations);
    normalizer.apply(batch.nextObservations, batch.nextObservations);
  }
}
