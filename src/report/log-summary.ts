import type { LogMessage } from '../experience/index.ts';
import { reasonName } from '../robot/reasons.ts';
import type { Transition } from '../robot/transition.ts';
import { BoundedSeries } from './bounded-series.ts';

/** Points of a curve that are kept; a page cannot show more. */
const MAX_POINTS = 600;
/** Maximum number of running episodes, one per simulator. */
const MAX_OPEN_EPISODES = 256;
const MAX_METRICS = 64;
const MAX_EVENT_CODES = 64;

export interface EventCount {
  readonly level: string;
  readonly code: string;
  /** Of the first one. */
  readonly message: string;
  readonly count: number;
}

/** What a report needs of a run's log. */
export interface LogSummary {
  readonly transitions: number;
  readonly episodes: number;
  readonly terminated: number;
  readonly truncated: number;
  /** Undiscounted return of each finished episode over the run's steps. */
  readonly returns: BoundedSeries;
  /** Steps that the guard changed, and by reason (a step may have several). */
  readonly clippedSteps: number;
  readonly clips: ReadonlyMap<string, number>;
  readonly events: readonly EventCount[];
  /** The learner's numbers over the run's steps. */
  readonly metrics: ReadonlyMap<string, BoundedSeries>;
  /** Newest value of each metric. */
  readonly newest: ReadonlyMap<string, number>;
}

/** Goes through a log once, in bounded memory. */
export class LogSummarizer implements LogSummary {
  transitions = 0;
  episodes = 0;
  terminated = 0;
  truncated = 0;
  clippedSteps = 0;
  readonly returns = new BoundedSeries(MAX_POINTS);
  readonly clips = new Map<string, number>();
  readonly metrics = new Map<string, BoundedSeries>();
  readonly newest = new Map<string, number>();
  private readonly open = new Map<string, number>();
  private readonly byCode = new Map<string, EventCount>();

  /** Messages come in the order of the log. */
  add(message: LogMessage): void {
    switch (message.kind) {
      case 'transition':
        this.addTransition(message.transition);
        break;
      case 'metrics':
        this.addMetrics(message.metrics.metrics);
        break;
      case 'event':
        this.addEvent(message.event);
        break;
      case 'jointStates':
      case 'tick':
      case 'other':
        break;
    }
  }

  get events(): readonly EventCount[] {
    return [...this.byCode.values()].sort((a, b) => b.count - a.count);
  }

  private addTransition(t: Transition): void {
    this.transitions += 1;
    if (t.reasonCodes.length > 0) this.clippedSteps += 1;
    for (const code of t.reasonCodes) {
      const name = reasonName(code);
      this.clips.set(name, (this.clips.get(name) ?? 0) + 1);
    }
    const key = `${t.sessionUuid}:${t.episode}`;
    const sum = (this.open.get(key) ?? 0) + t.reward;
    if (!t.terminated && !t.truncated) {
      this.open.set(key, sum);
      if (this.open.size > MAX_OPEN_EPISODES) this.open.delete(this.open.keys().next().value!);
      return;
    }
    this.open.delete(key);
    this.episodes += 1;
    this[t.terminated ? 'terminated' : 'truncated'] += 1;
    this.returns.add(this.transitions, sum);
  }

  private addMetrics(metrics: Readonly<Record<string, number>>): void {
    const x = metrics['steps'] ?? this.transitions;
    for (const [name, value] of Object.entries(metrics)) {
      let series = this.metrics.get(name);
      if (series === undefined) {
        if (this.metrics.size >= MAX_METRICS) continue;
        series = new BoundedSeries(MAX_POINTS);
        this.metrics.set(name, series);
      }
      series.add(x, value);
      this.newest.set(name, value);
    }
  }

  private addEvent({ level, code, message }: { level: string; code: string; message: string }): void {
    const known = this.byCode.get(code);
    if (known !== undefined) this.byCode.set(code, { ...known, count: known.count + 1 });
    else if (this.byCode.size < MAX_EVENT_CODES) this.byCode.set(code, { level, code, message, count: 1 });
  }
}
