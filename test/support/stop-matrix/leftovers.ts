import { readdirSync, readFileSync } from 'node:fs';
import { CELL_VARIABLE, pause } from './daemon.ts';

const LEFTOVER_S = 5;

/** Processes of a cell, by the mark in their environment, with their command lines. */
function processesOf(directory: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0');
      if (!environment.includes(`${CELL_VARIABLE}=${directory}`)) return [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
      return command === '' ? [] : [{ pid: Number(name), command }];
    } catch {
      return [];
    }
  });
}

/** The processes of a cell that run on after daemon and device have ended: none may. They are killed. */
export async function killLeftovers(directory: string): Promise<readonly string[]> {
  for (let waitedS = 0; waitedS < LEFTOVER_S; waitedS += 0.1) {
    if (processesOf(directory).length === 0) return [];
    await pause(0.1);
  }
  const left = processesOf(directory);
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  return left.map(({ command }) => command);
}
