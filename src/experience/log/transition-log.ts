import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Telemetry } from '../../base/telemetry.ts';
import type { Transition } from '../../robot/transition.ts';
import { encodeEvent, encodeJointStates, encodeMetrics, encodeTransition } from '../../wire/experience/experience.ts';
import type { LogEvent, LoggedJointStates, LoggedMetrics } from '../../wire/experience/experience.ts';
import { encodeTick, type TickRecord } from '../../wire/experience/tick-record.ts';
import type { ExperienceSink } from '../port.ts';
import { ThrottledLogger } from './throttled-logger.ts';
import { Compactor } from './compactor.ts';
import { directoryError, systemCode } from './disk-errors.ts';
import { damageText, isDamaged } from './log-damage.ts';
import { findLogEnd, uncompactedSegments } from './log-end.ts';
import { SegmentEncoder } from './segment-encoder.ts';
import { DiskSegmentFiles, type SegmentFiles } from './segment-file.ts';
import { prepareLogDirectory, segmentPath } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { TopicName } from './topics.ts';

export interface TransitionLogOptions {
  readonly directory: string;
  readonly sessionUuid: string;
  /** `lock-step`: nothing is dropped, the control loop waits (`ready`); `real-time`: it never waits, an overflow is counted and logged. */
  readonly mode: 'lock-step' | 'real-time';
  /** Sequence of the next transition that will be appended; the log must end right before it. */
  readonly nextSequence: number;
  /** Maximum size of the write queue, bytes. */
  readonly maxQueuedBytes: number;
  /** Maximum size of a segment, bytes. */
  readonly maxSegmentBytes: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Where segments are written; default: the disk. */
  readonly files?: SegmentFiles;
}

/** In lock-step small appends are gathered into one write after this time, unless that much already waits. */
const BATCH_BYTES = 64 * 1024;
const BATCH_MS = 20;
/** Real time: maximum age of data lost in a power failure. */
const SYNC_INTERVAL_MS = 1000;
const RETRY_MS = 500;

/**
 * The log of a run: MCAP segments `<directory>/<nnnnn>.mcap`. The live segment is written record by record without chunks, so that after
 * a crash every record is complete or absent; closed segments are compacted in another thread. One writer for each directory.
 *
 * The bytes depend only on what is appended, and its order.
 *
 * Telemetry: counters log.bytes, log.overflow, log.writeErrors, log.unordered, log.compactionErrors; gauge log.queuedBytes.
 */
export class TransitionLog implements ExperienceSink {
  private readonly options: TransitionLogOptions;
  private readonly encoder: SegmentEncoder;
  private readonly writer: SegmentWriter;
  private readonly compactor: Compactor;
  private readonly overflowAlarm: ThrottledLogger;
  private readonly diskAlarm: ThrottledLogger;
  private queuedBytes = 0;
  private next: number;
  private timer: NodeJS.Timeout | null = null;
  private failure: SoftqdError | null = null;
  private writableWaiters: (() => void)[] = [];
  private closed = false;

  private constructor(options: TransitionLogOptions, encoder: SegmentEncoder, continues: number | null) {
    const { directory, mode, logger, telemetry } = options;
    this.options = options;
    this.encoder = encoder;
    this.next = options.nextSequence;
    this.queuedBytes = encoder.waitingBytes;
    this.overflowAlarm = new ThrottledLogger(logger);
    this.diskAlarm = new ThrottledLogger(logger);
    this.compactor = new Compactor((path, reason) => {
      telemetry.count('log.compactionErrors');
      logger.warning(`cannot compact ${path}: ${reason} (left unchanged)`);
    });
    this.writer = new SegmentWriter({
      directory,
      encoder,
      continues,
      files: options.files ?? new DiskSegmentFiles(),
      syncIntervalMs: mode === 'real-time' ? SYNC_INTERVAL_MS : 0,
      onWritten: (bytes) => this.written(bytes),
      onSegmentClosed: (segment) => this.compactLater(segment),
    });
  }

  /**
   * Opens a log to append, new or existing (after an orderly end or a crash; an incomplete record is removed). Throws
   * E_DATA_DIRECTORY (not writable), E_LOG_FILE (it does not end right before `nextSequence`: truncate it first), E_DISK.
   */
  static async open(options: TransitionLogOptions): Promise<TransitionLog> {
    const { directory, sessionUuid, nextSequence, maxSegmentBytes, mode } = options;
    await prepareLogDirectory(directory);
    const end = await findLogEnd(directory, sessionUuid);
    if (end.lastSequence >= nextSequence || (mode === 'lock-step' && end.lastSequence !== nextSequence - 1)) {
      throw new SoftqdError(
        'E_LOG_FILE',
        `the log in ${directory} ends at transition ${end.lastSequence}; cannot append transition ${nextSequence}`,
        {
          hint: 'Truncate the log to the checkpoint, or use a new run directory.',
          values: { directory, last: end.lastSequence, next: nextSequence },
        },
      );
    }
    const encoder = new SegmentEncoder({ maxSegmentBytes, ...end.live });
    const log = new TransitionLog(options, encoder, end.live.bytes > 0 ? end.live.segment : null);
    const error = await log.writer.run();
    if (isDamaged(end.damage)) {
      options.telemetry.count('log.damagedRecords', end.damage.records + end.damage.chunks);
      options.logger.warning(`the log in ${directory} contains ${damageText(end.damage)}; they are skipped`, {
        ...end.damage,
      });
    }
    if (error !== null) {
      await log.writer.close();
      throw systemCode(error.cause) === 'ENOSPC' ? error : directoryError(error.cause, directory);
    }
    for (const segment of await uncompactedSegments(directory, end.live.segment)) log.compactLater(segment);
    return log;
  }

  /** Queues a transition; a few microseconds. One whose sequence was already appended is counted (log.unordered) and skipped. */
  append(transition: Transition): void {
    if (transition.sequence < this.next) {
      this.options.telemetry.count('log.unordered');
      return;
    }
    if (this.add('transition', transition.sequence, transition.monotonicTimeNs, encodeTransition(transition))) {
      this.next = transition.sequence + 1;
    }
  }

  event(event: LogEvent): void {
    this.add('event', 0, event.monotonicTimeNs, encodeEvent(event));
  }

  jointStates(states: LoggedJointStates): void {
    this.add('jointStates', 0, states.monotonicTimeNs, encodeJointStates(states));
  }

  /** What a playback needs of a tick. */
  tick(tick: TickRecord): void {
    this.add('tick', tick.index >>> 0, tick.startNs, encodeTick(tick));
  }

  /** Logs named numbers. In lock-step only numbers that configuration and seed determine: they are part of the bytes. */
  metrics(metrics: LoggedMetrics): void {
    this.add('metrics', 0, metrics.monotonicTimeNs, encodeMetrics(metrics));
  }

  /** null: continue. A promise (lock-step, the queue is above its bound): wait for it; it throws E_DISK when writing fails. */
  ready(): Promise<void> | null {
    if (this.options.mode === 'real-time') return null;
    if (this.failure !== null) return Promise.reject(this.failure);
    if (this.queuedBytes <= this.options.maxQueuedBytes) return null;
    return this.whenWritable();
  }

  /** Resolves when everything appended so far survives a power loss. Throws E_DISK. */
  async flush(): Promise<void> {
    this.cancelTimer();
    if (this.failure !== null) throw this.failure;
    try {
      await this.writer.flush();
    } catch (thrown) {
      throw this.failed(thrown as SoftqdError);
    }
  }

  /** Writes the rest, ends the file and compacts it. Throws E_DISK when something could not be written. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      if (this.failure === null) {
        this.queuedBytes += this.encoder.end();
        await this.flush();
      }
      await this.compactor.finish();
    } finally {
      this.cancelTimer();
      await this.writer.close();
      await this.compactor.close();
    }
    if (this.failure !== null) throw this.failure;
  }

  private add(name: TopicName, sequence: number, timeNs: number, data: Uint8Array): boolean {
    const { mode, maxQueuedBytes, telemetry } = this.options;
    if (this.closed || this.failure !== null) {
      telemetry.count('log.overflow');
      return false;
    }
    if (mode === 'real-time' && this.queuedBytes + data.length > maxQueuedBytes) {
      telemetry.count('log.overflow');
      this.overflowAlarm.error('E_LOG_OVERFLOW: log queue full, records dropped (disk too slow)', {
        queuedBytes: this.queuedBytes,
      });
      return false;
    }
    this.queuedBytes += this.encoder.add(name, sequence, timeNs, data);
    this.schedule();
    return true;
  }

  private schedule(): void {
    if (this.timer !== null || this.writer.busy) return;
    const gather = this.options.mode === 'lock-step' && this.queuedBytes < BATCH_BYTES;
    this.timer = setTimeout(() => this.write(), gather ? BATCH_MS : 0);
  }

  private write(): void {
    this.timer = null;
    void this.writer.run().then((error) => {
      if (error !== null) this.failed(error);
      else if (this.queuedBytes > 0 && !this.closed) this.schedule();
    });
  }

  private written(bytes: number): void {
    this.queuedBytes -= bytes;
    this.options.telemetry.count('log.bytes', bytes);
    this.options.telemetry.gauge('log.queuedBytes', this.queuedBytes);
    if (this.queuedBytes <= this.options.maxQueuedBytes / 2) this.release();
  }

  /** Real time retries without end; lock-step fails: the pending promises are rejected. */
  private failed(error: SoftqdError): SoftqdError {
    this.options.telemetry.count('log.writeErrors');
    this.diskAlarm.error(`${error.code}: ${error.message}`, error.values);
    if (this.options.mode === 'lock-step' || this.closed) {
      this.failure ??= error;
      this.release();
    } else {
      this.timer ??= setTimeout(() => this.write(), RETRY_MS);
    }
    return error;
  }

  private async whenWritable(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.writableWaiters.push(resolve);
      this.cancelTimer();
      if (!this.writer.busy) this.write();
    });
    if (this.failure !== null) throw this.failure;
  }

  private release(): void {
    const waiters = this.writableWaiters;
    this.writableWaiters = [];
    for (const resolve of waiters) resolve();
  }

  private compactLater(segment: number): void {
    const path = segmentPath(this.options.directory, segment);
    if (this.closed) this.compactor.addLast(path);
    else this.compactor.add(path);
  }

  private cancelTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
