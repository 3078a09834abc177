import type { JointsEvent, ProgressEvent, RunEvent, StatusEvent } from '../../runs/index.ts';
import { runEventText } from '../ui/event-lines.ts';
import type { Point } from './curve.ts';

const MAX_POINTS = 1000;
const MAX_NOTES = 50;

/** The state of the view; its size is bounded, however long the run is. */
export interface WatchState {
  readonly robot: string;
  readonly title: string;
  readonly phase: 'learning' | 'balancing' | 'starting';
  readonly phaseText: string;
  readonly evaluations: readonly Point[];
  readonly training: readonly Point[];
  readonly target: number | null;
  readonly solved: { readonly step: number; readonly wallS: number } | null;
  readonly live: ProgressEvent | StatusEvent | null;
  readonly joints: JointsEvent | null;
  /** Episode of the latest training return, so that each is counted once. */
  readonly lastEpisode: number;
  readonly notes: readonly string[];
}

export function initialWatchState(robot: string, task: string): WatchState {
  return {
    robot,
    title: `softqd: training ${robot} on ${task}`,
    phase: 'starting',
    phaseText: 'starting simulator and learner ...',
    evaluations: [],
    training: [],
    target: null,
    solved: null,
    live: null,
    joints: null,
    lastEpisode: -1,
    notes: [],
  };
}

/** The state after an event. */
export function afterEvent(state: WatchState, event: RunEvent): WatchState {
  switch (event.event) {
    case 'progress':
      return afterProgress(state, event);
    case 'status':
      return { ...state, live: event };
    case 'joints':
      return { ...state, joints: event };
    case 'evaluation':
      if (event.mode !== 'best') return state;
      return { ...state, evaluations: withPoint(state.evaluations, { step: event.step, value: event.mean }) };
    case 'solved':
      return { ...state, solved: { step: event.step, wallS: event.wallS } };
    case 'phase':
      return {
        ...state,
        phase: event.phase,
        phaseText: event.text,
        target: Number.isFinite(event.solvedReturn) ? (event.solvedReturn ?? null) : state.target,
      };
    case 'started':
    case 'listening':
    case 'stopped':
      return withNote(state, runEventText(event) ?? '');
  }
}

/** The state with one more line of text. */
export function withNote(state: WatchState, text: string): WatchState {
  return { ...state, notes: [...state.notes, text].slice(-MAX_NOTES) };
}

function afterProgress(state: WatchState, event: ProgressEvent): WatchState {
  const isNew = event.return !== null && event.episode !== state.lastEpisode;
  return {
    ...state,
    live: event,
    phase: state.phase === 'starting' ? 'learning' : state.phase,
    lastEpisode: event.episode,
    training: isNew ? withPoint(state.training, { step: event.step, value: event.return }) : state.training,
  };
}

/** When the list is full, every second point is dropped: the curve keeps its shape. */
function withPoint(points: readonly Point[], point: Point): readonly Point[] {
  if (!Number.isFinite(point.value) || !Number.isFinite(point.step)) return points;
  const kept = points.length < MAX_POINTS ? points : points.filter((_, i) => i % 2 === 0);
  return [...kept, point];
}
