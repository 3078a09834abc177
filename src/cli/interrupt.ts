import { StopRequests, type StopLevel } from '../runs/stop-requests/index.ts';

/** The exit code after an orderly stop by a signal, by a key or by `softqd stop`. */
export const EXIT_INTERRUPTED = 130;

interface Interrupt {
  readonly stops: StopRequests;
  /** Removes the signal handlers. */
  release(): void;
}

/** A signal within this time of the same one is the same request: npx and terminals deliver a Ctrl-C twice. */
const REPEATED_SIGNAL_MS = 100;

/**
 * Turns signals into requests to stop. SIGINT: stop. SIGTERM: park, then stop. SIGHUP (terminal closed): stop, however often it comes.
 * A further SIGINT or SIGTERM raises the level: emergency stop, then exit.
 */
export function watchInterrupts(
  onRequest: (level: StopLevel) => void,
  nowMs: () => number = () => performance.now(),
): Interrupt {
  const stops = new StopRequests(onRequest);
  const receivedMs = new Map<NodeJS.Signals, number>();
  const handler = (name: NodeJS.Signals): void => {
    const now = nowMs();
    const repeated = now - (receivedMs.get(name) ?? -Infinity) < REPEATED_SIGNAL_MS;
    receivedMs.set(name, now);
    if (name === 'SIGHUP') stops.request('stop');
    else if (!repeated) stops.escalate(name === 'SIGTERM' ? 'park' : 'stop');
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, handler);
  return {
    stops,
    release: () => {
      for (const name of names) process.off(name, handler);
    },
  };
}

/** Resolves when the signal is aborted, at once when it already is. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
