import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { RecordingLogger } from '../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../src/base/telemetry.ts';
import {
  connectToDaemon,
  listenForLearner,
  privateSocketPath,
  type DaemonConnection,
} from '../../../src/experience/link/index.ts';
import type { Cursor, LearnerAlert, LearnerLink, PolicyBytes } from '../../../src/experience/port.ts';
import { MemoryExperience, SESSION, transition } from '../transitions.ts';

interface Fixture {
  readonly link: LearnerLink;
  readonly log: MemoryExperience;
  readonly telemetry: MemoryTelemetry;
  readonly alerts: LearnerAlert[];
  readonly socketPath: string;
  readonly learn: (cursor?: Cursor) => Promise<DaemonConnection>;
  /** Appends to log and link. */
  readonly drive: (count: number) => void;
}

/** A daemon's end of the link with an in-memory log, and a way to connect learners. */
export async function withLink(
  mode: 'lock-step' | 'real-time',
  use: (fixture: Fixture) => Promise<void>,
  maxQueuedBytes = 1e5,
): Promise<void> {
  const { path: socketPath, remove } = privateSocketPath();
  const log = new MemoryExperience();
  const telemetry = new MemoryTelemetry();
  const stop = new AbortController();
  const logger = new RecordingLogger();
  const options = {
    socketPath,
    sessionUuid: SESSION,
    source: log,
    mode,
    maxQueuedBytes,
    logger,
    telemetry,
    signal: stop.signal,
  };
  const link = await listenForLearner(options);
  const alerts: LearnerAlert[] = [];
  link.alerts$.subscribe((alert) => alerts.push(alert));
  let next = 0;
  try {
    await use({
      link,
      log,
      telemetry,
      alerts,
      socketPath,
      learn: (cursor = { sessionUuid: '', sequence: -1 }) =>
        connectToDaemon({ socketPath, hello: { cursor, engine: 'test' }, signal: stop.signal }),
      drive: (count) => {
        for (let i = 0; i < count; i++) {
          const t = transition(next++);
          log.transitions.push(t);
          link.append(t);
        }
      },
    });
  } finally {
    stop.abort();
    remove();
  }
}

/** Sequence numbers of the next `count` transitions that a learner receives. */
export async function takeSequences(connection: DaemonConnection, count: number): Promise<number[]> {
  const sequences: number[] = [];
  while (sequences.length < count) {
    const task = await connection.receive();
    assert.ok(task?.kind === 'transition');
    sequences.push(task.transition.sequence);
  }
  return sequences;
}

export const socketClosed = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.once('close', resolve));
export const snapshot = (version: number): PolicyBytes => {
  const bytes = Uint8Array.of(version, 1, 2);
  return { version, sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
};
