import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { decodeEvent } from '../wire/tensorboard/tensorboard-decode.ts';
import {
  encodeEvent,
  EVENT_FILE_VERSION,
  frameRecord,
  RECORD_FOOTER_BYTES,
  RECORD_HEADER_BYTES,
  recordData,
  recordLength,
  type ScalarEvent,
} from '../wire/tensorboard/tensorboard.ts';

export interface TensorBoardOptions {
  /** Made when it is missing. */
  readonly directory: string;
  /** Events after this step are forgotten: a resumed run writes them again. */
  readonly afterStep: number;
  /** Called once when writing fails; the run continues without TensorBoard file. */
  readonly onFailure: (reason: string) => void;
}

const PREFIX = 'events.out.tfevents.';

/**
 * Scalars for TensorBoard, in addition to curve.csv: `tensorboard --logdir DIR/runs`. These files contain wall time, so they are not
 * reproducible. Every start of a run writes a new file; an error in it never fails the run.
 */
export class TensorBoardLog {
  private readonly options: TensorBoardOptions;
  private descriptor: number | null = null;
  private learnerSteps: number;

  constructor(options: TensorBoardOptions) {
    this.options = options;
    this.learnerSteps = options.afterStep;
    this.guarded(() => {
      const { directory, afterStep } = options;
      mkdirSync(directory, { recursive: true });
      const files = eventFiles(directory);
      for (const file of files) cutEvents(join(directory, file), afterStep);
      const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
      // Readers read files in the order of their names.
      const name = `${PREFIX}${seconds}.${hostname()}.${process.pid}.${String(files.length).padStart(4, '0')}`;
      this.descriptor = openSync(join(directory, name), 'ax');
      this.write({ wallTimeS: Date.now() / 1000, step: 0, kind: 'version', version: EVENT_FILE_VERSION });
      if (files.length > 0) this.write({ wallTimeS: Date.now() / 1000, step: afterStep + 1, kind: 'start' });
    });
  }

  /** Never throws; numbers that are not finite are skipped. */
  add(step: number, scalars: Readonly<Record<string, number>>): void {
    this.guarded(() => this.write({ wallTimeS: Date.now() / 1000, step, kind: 'scalars', scalars }));
  }

  /** The learner's newest numbers as `learner/<name>`, once per step: a resumed learner reports its last ones again. */
  addLearner(metrics: Readonly<Record<string, number>>): void {
    const steps = metrics['steps'] ?? 0;
    if (steps <= this.learnerSteps) return;
    this.learnerSteps = steps;
    const named = Object.entries(metrics).filter(([name]) => name !== 'steps');
    this.add(steps, Object.fromEntries(named.map(([name, value]) => [`learner/${name}`, value])));
  }

  close(): void {
    if (this.descriptor === null) return;
    const descriptor = this.descriptor;
    this.descriptor = null;
    closeSync(descriptor);
  }

  private write(event: ScalarEvent): void {
    if (this.descriptor !== null) writeSync(this.descriptor, frameRecord(encodeEvent(event)));
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      const { descriptor } = this;
      this.descriptor = null;
      if (descriptor !== null) closeSync(descriptor);
      this.options.onFailure((error as Error).message);
    }
  }
}

/** Names in the order in which they were written. */
function eventFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(PREFIX))
    .sort();
}

/** Truncates an event file before the first event after `step`, or before an incomplete last record. */
function cutEvents(file: string, step: number): void {
  const descriptor = openSync(file, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    let end = 0;
    while (end < size) {
      const next = wholeEventEnd(descriptor, end, step);
      if (next === null) break;
      end = next;
    }
    if (end < size) ftruncateSync(descriptor, end);
  } finally {
    closeSync(descriptor);
  }
}

/** Where the event at `start` ends; null when it is truncated, corrupt or of a later step. */
function wholeEventEnd(descriptor: number, start: number, step: number): number | null {
  try {
    const length = recordLength(bytesAt(descriptor, start, RECORD_HEADER_BYTES));
    const rest = bytesAt(descriptor, start + RECORD_HEADER_BYTES, length + RECORD_FOOTER_BYTES);
    const event = decodeEvent(recordData(rest));
    return event.kind === 'scalars' && event.step > step ? null : start + RECORD_HEADER_BYTES + rest.length;
  } catch {
    return null;
  }
}

/** Shorter at the end of the file. */
function bytesAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
}
