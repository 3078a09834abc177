import type { Body } from '../body/port.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Reading } from '../robot/reading.ts';

/** A lane as a tick waits for it. */
export interface AwaitingLane {
  readonly rooms: { readonly body: Pick<Body, 'readings$' | 'expectReading'> };
  /** Newest reading that no tick has taken yet. */
  readonly pending: Reading | null;
}

export interface WaitForReadings {
  readonly clock: Clock;
  readonly lanes: readonly AwaitingLane[];
  /** Of the tick. */
  readonly deadlineNs: number;
  readonly untilNs: number;
}

/**
 * Tells the bodies of the tick and calls `go` as soon as every lane that expects a reading by `untilNs` has it, at `untilNs` at the latest;
 * at once, inside this call, when there is nothing to wait for.
 */
export function whenReadingsCame({ clock, lanes, deadlineNs, untilNs }: WaitForReadings, go: () => void): Cancel {
  const awaited = lanes.filter(({ pending, rooms: { body } }) => {
    const expectedNs = body.expectReading?.(deadlineNs) ?? Infinity;
    return pending === null && expectedNs < untilNs;
  });
  if (awaited.length === 0) {
    go();
    return () => undefined;
  }
  const subscriptions = awaited.map(({ rooms: { body } }) =>
    // Errors of a body are the line's, which listens, too.
    body.readings$.subscribe({ next: () => look(), error: () => undefined }),
  );
  const cancelTimer = clock.at(untilNs, () => finish());
  const cancel = (): void => {
    cancelTimer();
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
  const finish = (): void => {
    cancel();
    go();
  };
  const look = (): void => {
    if (awaited.every(({ pending }) => pending !== null)) finish();
  };
  return cancel;
}
