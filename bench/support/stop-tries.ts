import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Cell } from '../../test/support/stop-matrix/cell.ts';

/** One try of one event. */
export interface StopTry extends Cell {
  /** Both processors were busy. */
  readonly busy: boolean;
  /** From the event to the last joint in its stop mode, s; null: not reached or not judged. */
  readonly lastSafeS: number | null;
  /** Bytes to the device from the event on. */
  readonly bytes: number;
  /** How long the machine gave the observer no processor between event and bound, s. */
  readonly stalledS: number;
  readonly problems: readonly string[];
}

/** Tries kept in a file of JSON lines, so that an interrupted benchmark continues. */
export class StopTries {
  readonly all: StopTry[] = [];
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n'))
      if (line !== '') this.all.push(JSON.parse(line) as StopTry);
  }

  add(result: StopTry): void {
    this.all.push(result);
    appendFileSync(this.file, `${JSON.stringify(result)}\n`);
  }

  of({ driver, mode, event }: Cell, busy: boolean): readonly StopTry[] {
    return this.all.filter(
      (one) => one.driver === driver && one.mode === mode && one.event === event && one.busy === busy,
    );
  }
}
