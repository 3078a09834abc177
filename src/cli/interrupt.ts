/** The exit code after an orderly stop by Ctrl-C or SIGTERM. */
export const EXIT_INTERRUPTED = 130;

interface Interrupt {
  readonly signal: AbortSignal;
  /** Removes the signal handlers. */
  release(): void;
}

/** The first Ctrl-C, SIGTERM or SIGHUP aborts the signal: the command stops in order and saves. The second one calls `onSecond`. */
export function watchInterrupts(onFirst: () => void, onSecond: () => void): Interrupt {
  const controller = new AbortController();
  const handler = (): void => {
    if (controller.signal.aborted) onSecond();
    else {
      controller.abort();
      onFirst();
    }
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, handler);
  return {
    signal: controller.signal,
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
