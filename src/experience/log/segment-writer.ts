import { SoftqdError } from '../../base/errors.ts';
import { diskError } from './disk-errors.ts';
import type { SegmentEncoder, WriteBatch } from './segment-encoder.ts';
import type { SegmentFile, SegmentFiles } from './segment-file.ts';
import { segmentPath } from './segment-files.ts';

export interface SegmentWriterOptions {
  readonly directory: string;
  readonly files: SegmentFiles;
  readonly encoder: SegmentEncoder;
  /** Existing segment to append to, or null. */
  readonly continues: number | null;
  /** Longest time that written bytes stay unsynced, ms; 0 = synced only on request. */
  readonly syncIntervalMs: number;
  readonly onWritten: (bytes: number) => void;
  readonly onSegmentClosed: (segment: number) => void;
}

/** Takes batches from the encoder and writes them, one at a time. After an error the same batch is written again to the same place. */
export class SegmentWriter {
  private readonly options: SegmentWriterOptions;
  private file: SegmentFile | null = null;
  private openSegment = -1;
  private batch: WriteBatch | null = null;
  private running: Promise<SoftqdError | null> | null = null;
  private unsyncedSince = Infinity;

  constructor(options: SegmentWriterOptions) {
    this.options = options;
  }

  get busy(): boolean {
    return this.running !== null;
  }

  /** Writes everything in the encoder; returns the error that stopped it, or null. Calls share one pass. */
  run(): Promise<SoftqdError | null> {
    this.running ??= this.pass().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Resolves when everything added before the call is on the disk. Throws E_DISK. */
  async flush(): Promise<void> {
    for (const error of [await this.run(), await this.run()]) if (error !== null) throw error;
    try {
      await this.sync();
    } catch (thrown) {
      throw diskError(thrown, this.options.directory);
    }
  }

  /** Closes the file; nothing is written afterwards. */
  async close(): Promise<void> {
    await this.running;
    const { file } = this;
    this.file = null;
    await file?.close();
  }

  private async pass(): Promise<SoftqdError | null> {
    const { encoder, onWritten, syncIntervalMs } = this.options;
    try {
      for (;;) {
        this.batch ??= encoder.take();
        if (this.batch === null) break;
        const { length } = this.batch.writer;
        await this.write(this.batch);
        encoder.recycle(this.batch);
        this.batch = null;
        onWritten(length);
        if (syncIntervalMs > 0 && performance.now() - this.unsyncedSince >= syncIntervalMs) await this.sync();
      }
      return null;
    } catch (thrown) {
      return diskError(thrown, this.options.directory);
    }
  }

  private async write({ segment, position, writer, ends }: WriteBatch): Promise<void> {
    if (this.file === null || this.openSegment !== segment) {
      const exists = this.options.continues === segment || this.openSegment === segment;
      const mode = exists ? 'continue' : 'create';
      this.file = await this.options.files.open(segmentPath(this.options.directory, segment), mode);
      this.openSegment = segment;
    }
    await this.file.write(writer.bytes(), position);
    this.unsyncedSince = Math.min(this.unsyncedSince, performance.now());
    if (!ends) return;
    await this.sync();
    const { file } = this;
    this.file = null;
    await file.close();
    this.options.onSegmentClosed(segment);
  }

  private async sync(): Promise<void> {
    if (this.file === null || this.unsyncedSince === Infinity) return;
    const since = this.unsyncedSince;
    this.unsyncedSince = Infinity;
    try {
      await this.file.sync();
    } catch (thrown) {
      this.unsyncedSince = since;
      throw thrown;
    }
  }
}
