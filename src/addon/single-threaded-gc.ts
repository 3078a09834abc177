import { setFlagsFromString } from 'node:v8';

/**
 * Makes scavenges (collection of young objects) single-threaded. V8 shares a scavenge with helper threads and waits for them; on a busy
 * machine they wait milliseconds for a processor, at any priority of the event loop. The other collectors are not changed, because V8
 * crashes when those flags change in a running program.
 */
export function useSingleThreadedGc(): void {
  setFlagsFromString('--no-parallel-scavenge');
}
