import type { PlaybackDriver } from '../../driver/index.ts';
import type { Policy } from '../../policy/port.ts';

/** Proposes the action recorded at the same tick. */
export class RecordedPolicy implements Policy {
  private readonly driver: PlaybackDriver;

  constructor(driver: PlaybackDriver) {
    this.driver = driver;
  }

  get version(): number {
    return this.driver.current?.command?.policyVersion ?? 0;
  }

  act(_observation: Float32Array, out: Float32Array): void {
    const action = this.driver.current?.command?.proposedAction;
    if (action?.length === out.length) out.set(action);
  }

  beginEpisode(): void {
    // A recording has nothing to reset.
  }
}
