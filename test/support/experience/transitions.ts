import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../../src/base/digest-adapter.ts';
import { RecordingLogger } from '../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../src/base/telemetry.ts';
import {
  damagedPlaceText,
  openExperience,
  TransitionLog,
  type TransitionLogOptions,
} from '../../../src/experience/index.ts';
import type { ExperienceSource } from '../../../src/experience/port.ts';
import type { Transition } from '../../../src/robot/transition.ts';

export const SESSION = '01234567-89ab-8def-8123-456789abcdef';

const vector = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i / 7));

/** Transition `sequence` of a made-up run with episodes of ten steps; always the same for the same number. */
export function transitionAt(sequence: number, sessionUuid = SESSION): Transition {
  const step = sequence % 10;
  return {
    sessionUuid,
    sequence,
    episode: Math.floor(sequence / 10),
    step,
    observation: vector(3, sequence),
    proposedAction: vector(2, sequence / 3),
    appliedAction: vector(2, sequence / 5),
    reasonCodes: sequence % 4 === 0 ? [1, 3] : [],
    reward: -sequence / 8,
    terminated: step === 9 && sequence % 20 === 9,
    truncated: step === 9 && sequence % 20 !== 9,
    nextObservation: vector(3, sequence + 1),
    policyVersion: Math.floor(sequence / 5),
    monotonicTimeNs: sequence * 20_000_000,
  };
}

/** An empty directory and how to remove it. */
export function scratchDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'softqd-log-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface OpenedLog {
  readonly log: TransitionLog;
  readonly logger: RecordingLogger;
  readonly telemetry: MemoryTelemetry;
}

/** The transitions of a log directory; corruption is an error. */
export function openUndamaged(directory: string): ExperienceSource {
  return openExperience(directory, (place) => {
    throw new Error(damagedPlaceText(place));
  });
}

/** A lock-step log of SESSION with small bounds, everything adjustable. */
export async function openTestLog(directory: string, options: Partial<TransitionLogOptions> = {}): Promise<OpenedLog> {
  const logger = new RecordingLogger();
  const telemetry = new MemoryTelemetry();
  const log = await TransitionLog.open({
    directory,
    sessionUuid: SESSION,
    mode: 'lock-step',
    nextSequence: 0,
    maxQueuedBytes: 1 << 20,
    maxSegmentBytes: 1 << 24,
    logger,
    telemetry,
    ...options,
  });
  return { log, logger, telemetry };
}

/** Name -> length and SHA-256 of everything in a directory: what differs fits into a message. */
export function directoryBytes(directory: string): Map<string, string> {
  const describe = (bytes: Buffer): string => `${bytes.length} ${sha256Hex(bytes)}`;
  return new Map(
    readdirSync(directory)
      .sort()
      .map((name) => [name, describe(readFileSync(join(directory, name)))]),
  );
}

export async function sequencesOf(source: ExperienceSource, after = -1, sessionUuid = SESSION): Promise<number[]> {
  const sequences: number[] = [];
  for await (const transition of source.read(sessionUuid, after)) sequences.push(transition.sequence);
  return sequences;
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
