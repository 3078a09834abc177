import type { PlaybackBody } from '../driver/index.ts';
import type { Policy } from '../policy/port.ts';

/** Proposes what was proposed at the same tick of a recording. */
export class RecordedPolicy implements Policy {
  private readonly body: PlaybackBody;

  constructor(body: PlaybackBody) {
    this.body = body;
  }

  get version(): number {
    return this.body.current?.command?.policyVersion ?? 0;
  }

  act(_observation: Float32Array, out: Float32Array): void {
    const action = this.body.current?.command?.proposedAction;
    if (action?.length === out.length) out.set(action);
  }

  beginEpisode(): void {
    // A recording forgets nothing.
  }
}
