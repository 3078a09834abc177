import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { silentLogger } from '../../src/base/logger.ts';
import { MemoryTelemetry } from '../../src/base/telemetry.ts';
import type { Engine } from '../../src/engine/port.ts';
import { listenForLearner } from '../../src/experience/link/index.ts';
import type { LearnerLink, LearnerMetrics, PolicyBytes, StepDone } from '../../src/experience/port.ts';
import { runLearner, type LearnerConfig } from '../../src/learner/index.ts';
import { DriftingEngine, runOf, TASK } from './learner-parts.ts';
import { type MemoryExperience, SESSION, transition } from './transitions.ts';

/** Messages of a lock-step learner to the daemon, in order. */
export interface Seen {
  readonly events: string[];
  readonly snapshots: PolicyBytes[];
}

interface LearnerRun {
  readonly config: LearnerConfig;
  readonly directory: string;
  readonly log: MemoryExperience;
  readonly from: number;
  readonly to: number;
  readonly checkpointAt?: number;
  readonly resume?: boolean;
  readonly kill?: boolean;
  readonly parentPolicy?: Uint8Array;
  readonly makeEngine?: (options: Engine['options']) => Promise<Engine>;
}

function observe(link: LearnerLink): Seen {
  const seen: Seen = { events: [], snapshots: [] };
  const numbers = (metrics: LearnerMetrics): string =>
    Object.entries(metrics)
      .filter(([name]) => name !== 'updatesPerS')
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
  link.snapshots$.subscribe((snapshot) => {
    seen.events.push(`snapshot ${snapshot.version} ${snapshot.sha256}`);
    seen.snapshots.push(snapshot);
  });
  link.stepDone$.subscribe((done: StepDone) =>
    seen.events.push(`done ${done.sequence} ${done.updates} ${done.policyVersion}`),
  );
  link.metrics$.subscribe((metrics) => seen.events.push(`metrics ${numbers(metrics)}`));
  link.alerts$.subscribe((alert) => seen.events.push(`alert ${alert.code} ${alert.message}`));
  return seen;
}

/** Runs daemon and learner in lock-step over the transitions [from, to). */
export async function runInLockStep(run: LearnerRun): Promise<Seen> {
  const { config, directory, log, from, to } = run;
  const stop = new AbortController();
  const socketPath = join(directory, 'link');
  const link = await listenForLearner({
    socketPath,
    sessionUuid: SESSION,
    source: log,
    mode: 'lock-step',
    maxQueuedBytes: 1e6,
    logger: silentLogger,
    telemetry: new MemoryTelemetry(),
    signal: stop.signal,
  });
  const seen = observe(link);
  const learner = runLearner({
    socketPath,
    runDirectory: directory,
    mode: 'lock-step',
    task: TASK,
    learner: config,
    run: runOf(config),
    seed: 5,
    sessionUuid: SESSION,
    resume: run.resume ?? false,
    signal: stop.signal,
    logger: silentLogger,
    source: log,
    ...(run.parentPolicy === undefined ? {} : { parentPolicy: run.parentPolicy }),
    makeEngine: run.makeEngine ?? ((options) => Promise.resolve(new DriftingEngine(options))),
  });
  const failed = learner.then(() => new Promise<never>(() => undefined));
  try {
    for (let i = from; i < to; i++) {
      const done = firstValueFrom(link.stepDone$.pipe(filter(({ sequence }) => sequence === i)));
      const t = transition(i);
      log.transitions.push(t);
      link.append(t);
      await Promise.race([done, failed]);
      if (i === run.checkpointAt) await link.checkpoint(i, Uint8Array.of(i & 255));
    }
    if (run.kill === true) stop.abort();
    else await link.close();
    await learner;
    return seen;
  } finally {
    stop.abort();
  }
}
