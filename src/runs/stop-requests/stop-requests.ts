/**
 * How far a stop has been requested, in ascending order. `park`: drive to the rest pose first. `stop`: decelerate, then the stop modes.
 * `emergency`: the stop modes at once. `exit`: end the process; what outlives it stops the motors.
 */
export type StopLevel = 'none' | 'park' | 'stop' | 'emergency' | 'exit';

const LEVELS: readonly StopLevel[] = ['none', 'park', 'stop', 'emergency', 'exit'];

/**
 * The requests to stop one command: signals, keys, control socket. The first one aborts `signal`. A further one raises the level by one
 * step; without an armed robot it is an exit.
 */
export class StopRequests {
  private readonly controller = new AbortController();
  private readonly onRequest: (level: StopLevel) => void;
  private readonly emergencyHandlers = new Set<() => void>();
  private current: StopLevel = 'none';

  /** `onRequest` is called at each rise of the level, with the new level. */
  constructor(onRequest: (level: StopLevel) => void = () => undefined) {
    this.onRequest = onRequest;
  }

  /** Aborted by the first request: stop in order, save, return. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get level(): StopLevel {
    return this.current;
  }

  /** Whether a robot is armed, so that a second request is an emergency stop and not an exit. */
  get isArmed(): boolean {
    return this.emergencyHandlers.size > 0;
  }

  /** A person's or a service manager's request: raises the level to `kind`, or by one step when it is there already. */
  escalate(kind: 'park' | 'stop'): void {
    const isSecond = this.current !== 'none';
    this.rise(
      isSecond && !this.isArmed
        ? LEVELS.indexOf('exit')
        : Math.max(LEVELS.indexOf(kind), LEVELS.indexOf(this.current) + 1),
    );
  }

  /** A request that may be repeated without a further effect, such as that of the control socket. */
  request(kind: 'park' | 'stop'): void {
    this.rise(LEVELS.indexOf(kind));
  }

  /** `handler` stops the motors at once. Returns the function that removes it: call it when they are disarmed. */
  handleEmergency(handler: () => void): () => void {
    this.emergencyHandlers.add(handler);
    if (this.current === 'emergency') handler();
    return () => this.emergencyHandlers.delete(handler);
  }

  /** Stops the motors at once without a request, as before a crash. */
  stopMotors(): void {
    for (const handler of this.emergencyHandlers) handler();
  }

  private rise(to: number): void {
    const level = LEVELS[Math.min(to, LEVELS.length - 1)]!;
    if (LEVELS.indexOf(level) <= LEVELS.indexOf(this.current)) return;
    this.current = level;
    if (level === 'emergency') this.stopMotors();
    this.controller.abort();
    this.onRequest(level);
  }
}

/** Calls `listener` at the first request, at once when there was one. Returns the function that removes it. */
export function onStopRequest(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
