import { readFileSync } from 'node:fs';
import type { NativeAddon, SystemFailure } from './native-addon.ts';

export interface SchedulingRequest {
  /** SCHED_FIFO for the thread of the event loop, 1 to 99; 0 or absent: normal. */
  readonly realTimePriority?: number;
  /** Program code stays in RAM (the heap cannot be locked under V8). */
  readonly lockMemory?: boolean;
  /** CPUs for every thread of the process. */
  readonly cpus?: readonly number[];
  /** -20 (first) to 19 (last) for every thread of the process. */
  readonly nice?: number;
}

export interface SchedulingResult {
  readonly setting: 'realTimePriority' | 'lockMemory' | 'cpus' | 'nice';
  readonly applied: boolean;
  /** One line for the user. */
  readonly message: string;
  /** Hint; empty when applied. */
  readonly hint: string;
}

function outcome(
  setting: SchedulingResult['setting'],
  done: string,
  failure: SystemFailure | null,
  hint: string,
): SchedulingResult {
  if (failure === null) return { setting, applied: true, message: done, hint: '' };
  const [call, code, text] = failure;
  return { setting, applied: false, message: `${setting}: permission denied (${call}: ${code}, ${text})`, hint };
}

/** Swap in use on this machine, in bytes; 0 where it cannot be read. */
function usedSwapBytes(): number {
  try {
    const found = /^SwapTotal:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    return found === null ? 0 : Number(found[1]) * 1024;
  } catch {
    return 0;
  }
}

/**
 * Locks program code and libraries in RAM. The JavaScript heap is not locked, because V8 aborts when it cannot release locked pages.
 * Only a machine without swap prevents swapping of the heap; the message reports this.
 */
function lockMemory(addon: NativeAddon): SchedulingResult {
  const locked = addon.lockFiles();
  const hint = 'Run with CAP_IPC_LOCK or LimitMEMLOCK=infinity (systemd), ulimit -l unlimited (shell).';
  if (typeof locked !== 'number') return outcome('lockMemory', '', locked, hint);
  const swap = usedSwapBytes() > 0 ? '; the JavaScript heap can still be swapped; disable swap (swapoff -a)' : '';
  return outcome(
    'lockMemory',
    `program code is locked in memory (${Math.round(locked / 1048576)} MiB)${swap}`,
    null,
    '',
  );
}

/** Applies the options and returns the result of each. Never throws: a robot runs without them, with more jitter. */
export function applyScheduling(addon: NativeAddon, setting: SchedulingRequest): readonly SchedulingResult[] {
  const outcomes: SchedulingResult[] = [];
  const { realTimePriority, cpus, nice } = setting;
  if (cpus !== undefined) {
    const hint = 'Use CPU numbers available to this process (nproc, taskset -p).';
    outcomes.push(outcome('cpus', `on CPU ${cpus.join(', ')}`, addon.setAffinity(cpus), hint));
  }
  if (nice !== undefined) {
    const hint = 'Lowering the nice value requires CAP_SYS_NICE or LimitNICE=-20 (systemd).';
    outcomes.push(outcome('nice', `nice ${nice}`, addon.setNice(nice), hint));
  }
  if (setting.lockMemory === true) outcomes.push(lockMemory(addon));
  if (realTimePriority !== undefined && realTimePriority > 0) {
    const hint =
      'Run with CAP_SYS_NICE or LimitRTPRIO=99 (systemd), or give the user rtprio in /etc/security/limits.d.';
    const done = `real-time priority ${realTimePriority} (SCHED_FIFO)`;
    outcomes.push(outcome('realTimePriority', done, addon.setRealTime(realTimePriority), hint));
  }
  return outcomes;
}
