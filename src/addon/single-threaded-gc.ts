import { setFlagsFromString } from 'node:v8';

/**
 * Young garbage is collected by the thread that made it, alone. V8 shares a scavenge with helper threads and waits for them; on a busy
 * machine these wait for a processor first, for milliseconds, whatever priority the event loop has. The other collectors stay as they are:
 * V8 does not survive a change of those in a running program.
 */
export function useSingleThreadedGc(): void {
  setFlagsFromString('--no-parallel-scavenge');
}
