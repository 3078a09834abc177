import { NS_PER_S } from '../../base/clock.ts';
import type { StopMode } from '../../robot/robot-spec.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import type { ServoSample } from '../protocols/servo-protocol.ts';
import type { ServoStopState } from './stop-settings.ts';

/** What has to be done about a holding joint, by its index in the plan. */
export type HoldAction =
  /** It moved away from where it was stopped: it gets its whole torque limit back. */
  | { readonly kind: 'restore-limit'; readonly index: number; readonly fullLimit: number }
  /** Its hold time is over, or it is too hot. */
  | {
      readonly kind: 'change';
      readonly index: number;
      readonly mode: StopMode;
      readonly reason: 'time' | 'temperature';
    };

/** A joint of a robot that was stopped. */
export interface HeldJointState {
  readonly joint: string;
  readonly mode: StopMode;
  /** Time until it changes to `then`, s; null: without limit, or it is not holding. */
  readonly leftS: number | null;
  readonly then: StopMode;
  readonly hasFullTorque: boolean;
  readonly temperatureC: number | null;
}

/** A joint that is this far from where it was stopped carries more than its torque limit. */
const SINK_RAD_OR_M = 0.05;

/** Watches joints that hold after a stop: time, temperature, sinking. Pure; `nowNs` is monotonic. */
export class HoldMonitor {
  private readonly joints: MonitoredJoint[];
  private readonly sinceNs: number;

  /** `states`: of the stop, in joint order; a joint without torque or without a state is not holding. */
  constructor(plan: StopPlan, states: readonly (ServoStopState | null)[], sinceNs: number) {
    this.sinceNs = sinceNs;
    this.joints = plan.joints.map(({ joint, mode, holdS, then, maxHoldTemperatureC }, i) => {
      const state = states[i] ?? null;
      return {
        joint,
        mode: mode === 'hold' && state !== null ? MODE_OF_TORQUE[state.torque] : mode,
        untilNs: then === 'hold' ? Infinity : sinceNs + holdS * NS_PER_S,
        then,
        maxHoldTemperatureC,
        state: state?.torque === 'on' ? state : null,
        hasFullTorque: false,
        temperatureC: null,
      };
    });
  }

  /** Whether a joint still holds. */
  get isHolding(): boolean {
    return this.joints.some(isHolding);
  }

  /** The newest samples in joint order, null for a servo without one. Each action is returned once. */
  check(nowNs: number, samples: readonly (Pick<ServoSample, 'positionSteps' | 'temperatureC'> | null)[]): HoldAction[] {
    const actions: HoldAction[] = [];
    for (const [index, joint] of this.joints.entries()) {
      const sample = samples[index] ?? null;
      if (sample !== null) joint.temperatureC = sample.temperatureC;
      if (!isHolding(joint)) continue;
      const isHot = (sample?.temperatureC ?? 0) > joint.maxHoldTemperatureC;
      if (isHot || nowNs >= joint.untilNs) {
        joint.mode = joint.then === 'hold' ? 'damp' : joint.then;
        actions.push({ kind: 'change', index, mode: joint.mode, reason: isHot ? 'temperature' : 'time' });
      } else if (sample !== null && hasSunk(joint, sample.positionSteps)) {
        joint.hasFullTorque = true;
        actions.push({ kind: 'restore-limit', index, fullLimit: joint.state!.fullLimit });
      }
    }
    return actions;
  }

  /** Ends every hold now. */
  endAll(): HoldAction[] {
    for (const joint of this.joints) joint.untilNs = -Infinity;
    for (const joint of this.joints) if (joint.then === 'hold') joint.then = 'damp';
    return this.check(this.sinceNs, []);
  }

  status(nowNs: number): readonly HeldJointState[] {
    return this.joints.map((joint) => {
      const { joint: name, mode, untilNs, then, hasFullTorque, temperatureC } = joint;
      const leftS = isHolding(joint) && untilNs < Infinity ? Math.max(0, (untilNs - nowNs) / NS_PER_S) : null;
      return { joint: name, mode, leftS, then, hasFullTorque, temperatureC };
    });
  }
}

const MODE_OF_TORQUE: Readonly<Record<ServoStopState['torque'], StopMode>> = {
  on: 'hold',
  damp: 'damp',
  off: 'torque-off',
};

interface MonitoredJoint {
  readonly joint: string;
  mode: StopMode;
  untilNs: number;
  then: StopMode;
  readonly maxHoldTemperatureC: number;
  readonly state: ServoStopState | null;
  hasFullTorque: boolean;
  temperatureC: number | null;
}

function isHolding({ mode }: MonitoredJoint): boolean {
  return mode === 'hold';
}

function hasSunk({ state, hasFullTorque }: MonitoredJoint, positionSteps: number): boolean {
  if (state === null || hasFullTorque) return false;
  return Math.abs(positionSteps - state.positionSteps) * state.radOrMPerStep > SINK_RAD_OR_M;
}
