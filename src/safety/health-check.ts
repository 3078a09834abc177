import { SoftqdError } from '../base/errors.ts';
import type { JointHealthLimits } from '../robot/health-limits.ts';
import type { JointHealth } from '../robot/reading.ts';

/** What the check remembers of one joint. An immutable value. */
export interface JointHealthMemory {
  /** For how long the supply has been below warnMinV, and outside stopMinV to stopMaxV, s. */
  readonly weakSupplyS: number;
  readonly badSupplyS: number;
  /** For how long the load has been at `warn`, and at `stop`, s. */
  readonly loadedS: number;
  readonly overloadedS: number;
  /** Warnings that were given and still apply. */
  readonly warned: readonly HealthWarning['kind'][];
}

/** Something to say once, while the robot continues. */
export interface HealthWarning {
  readonly kind: 'temperature' | 'supply' | 'load' | 'recovery';
  readonly joint: string;
  readonly message: string;
}

export interface HealthStep {
  /** For each joint the factor on its velocity and acceleration limits: 1 for a cool motor, MIN_DERATING at stopC. */
  readonly derating: readonly number[];
  /** Warnings that began in this step. */
  readonly warnings: readonly HealthWarning[];
  /** E_OVERHEATED, E_SUPPLY_VOLTAGE or E_OVERLOADED of the first joint at a limit, or null. */
  readonly fault: SoftqdError | null;
  readonly memory: readonly JointHealthMemory[];
}

/** A hot joint keeps this fraction of its velocity: enough to reach a pose in which it rests. */
export const MIN_DERATING = 0.1;
/** A warning is given again once the value was this much inside its limit. */
const TEMPERATURE_HYSTERESIS_C = 3;
const SUPPLY_HYSTERESIS_V = 0.3;

const HEALTHY: JointHealthMemory = { weakSupplyS: 0, badSupplyS: 0, loadedS: 0, overloadedS: 0, warned: [] };

/** `healthStep` of a guard: without limits or without values nothing changes. */
export function checkHealth(
  limits: readonly JointHealthLimits[] | null,
  health: readonly JointHealth[] | null,
  memory: readonly JointHealthMemory[],
  elapsedS: number,
): HealthStep {
  if (limits === null || health === null) return { derating: [], warnings: [], fault: null, memory };
  return healthStep(limits, health, memory, elapsedS);
}

/** The memory before the first reading. */
export function initialHealth(limits: readonly JointHealthLimits[]): readonly JointHealthMemory[] {
  return limits.map(() => HEALTHY);
}

/**
 * Compares the condition of the motors with their limits. Pure. `elapsedS`: since the previous step, s; a value that is null or not finite
 * changes nothing.
 */
export function healthStep(
  limits: readonly JointHealthLimits[],
  health: readonly JointHealth[],
  memory: readonly JointHealthMemory[],
  elapsedS: number,
): HealthStep {
  const joints = limits.map((limit, i) => checkJoint(limit, health[i] ?? UNKNOWN, memory[i] ?? HEALTHY, elapsedS));
  return {
    derating: joints.map(({ derating }) => derating),
    warnings: joints.flatMap(({ warnings }) => warnings),
    fault: joints.find(({ fault }) => fault !== null)?.fault ?? null,
    memory: joints.map((joint) => joint.memory),
  };
}

const UNKNOWN: JointHealth = { temperatureC: null, supplyV: null, load: null };

interface JointCheck {
  readonly derating: number;
  readonly warnings: readonly HealthWarning[];
  readonly fault: SoftqdError | null;
  readonly memory: JointHealthMemory;
}

function checkJoint(
  limits: JointHealthLimits,
  health: JointHealth,
  memory: JointHealthMemory,
  elapsedS: number,
): JointCheck {
  const parts = [
    checkTemperature(limits, finiteOrNull(health.temperatureC), memory),
    checkSupply(limits, finiteOrNull(health.supplyV), memory, elapsedS),
    checkLoad(limits, finiteOrNull(health.load), memory, elapsedS),
  ];
  const warned = parts.flatMap(({ kind, isWarning }) => (isWarning ? [kind] : []));
  return {
    derating: parts[0]!.derating ?? 1,
    warnings: parts.flatMap(({ kind, isWarning, warning }) =>
      isWarning && !memory.warned.includes(kind) ? [{ kind, joint: limits.joint, message: warning() }] : [],
    ),
    fault: parts.find(({ isFault }) => isFault)?.fault() ?? null,
    memory: Object.assign({}, memory, ...parts.map(({ timers }) => timers), { warned }) as JointHealthMemory,
  };
}

/** The check of one value of a joint. */
interface PartCheck {
  readonly kind: HealthWarning['kind'];
  readonly isWarning: boolean;
  readonly isFault: boolean;
  /** Their texts are made only when they are needed. */
  readonly warning: () => string;
  readonly fault: () => SoftqdError | null;
  readonly derating?: number;
  readonly timers?: Partial<JointHealthMemory>;
}

const NO_TEXT = (): string => '';
const NO_FAULT = (): null => null;

function unchanged(kind: HealthWarning['kind'], memory: JointHealthMemory): PartCheck {
  return { kind, isWarning: memory.warned.includes(kind), isFault: false, warning: NO_TEXT, fault: NO_FAULT };
}

function checkTemperature(
  { joint, temperature: limits }: JointHealthLimits,
  temperatureC: number | null,
  memory: JointHealthMemory,
): PartCheck {
  if (limits === null || temperatureC === null) return unchanged('temperature', memory);
  const { warnC, derateC, stopC } = limits;
  const fraction = stopC > derateC ? (temperatureC - derateC) / (stopC - derateC) : temperatureC >= stopC ? 1 : 0;
  const warnFromC = memory.warned.includes('temperature') ? warnC - TEMPERATURE_HYSTERESIS_C : warnC;
  return {
    kind: 'temperature',
    isWarning: temperatureC >= warnFromC,
    isFault: temperatureC >= stopC,
    derating: Math.max(MIN_DERATING, 1 - (1 - MIN_DERATING) * Math.max(0, fraction)),
    warning: () =>
      `${joint}: motor at ${temperatureC} °C (warning from ${warnC}, slower from ${derateC}, stop at ${stopC})`,
    fault: () =>
      new SoftqdError('E_OVERHEATED', `${joint}: motor at ${temperatureC} °C, limit ${stopC} °C`, {
        values: { joint, temperatureC, stopC },
      }),
  };
}

function checkSupply(
  { joint, supply: limits }: JointHealthLimits,
  supplyV: number | null,
  memory: JointHealthMemory,
  elapsedS: number,
): PartCheck {
  if (limits === null || supplyV === null) return unchanged('supply', memory);
  const { warnMinV, stopMinV, stopMaxV, forS } = limits;
  const wasWarned = memory.warned.includes('supply');
  const isWeak = supplyV < (wasWarned ? warnMinV + SUPPLY_HYSTERESIS_V : warnMinV);
  const isBad = supplyV < stopMinV || supplyV > stopMaxV;
  const weakSupplyS = isWeak ? memory.weakSupplyS + elapsedS : 0;
  const badSupplyS = isBad ? memory.badSupplyS + elapsedS : 0;
  return {
    kind: 'supply',
    isWarning: isWeak && (wasWarned || weakSupplyS >= forS),
    isFault: isBad && badSupplyS >= forS,
    timers: { weakSupplyS, badSupplyS },
    warning: () =>
      `${joint}: supply voltage ${supplyV.toFixed(1)} V (warning below ${warnMinV}, stop below ${stopMinV})`,
    fault: () =>
      new SoftqdError(
        'E_SUPPLY_VOLTAGE',
        `${joint}: supply voltage ${supplyV.toFixed(1)} V for ${badSupplyS.toFixed(1)} s, allowed ${stopMinV} to ${stopMaxV} V`,
        { values: { joint, supplyV, stopMinV, stopMaxV } },
      ),
  };
}

function checkLoad(
  { joint, load: limits }: JointHealthLimits,
  load: number | null,
  memory: JointHealthMemory,
  elapsedS: number,
): PartCheck {
  if (limits === null || load === null) return unchanged('load', memory);
  const { warn, stop, stopS } = limits;
  const magnitude = Math.abs(load);
  const loadedS = magnitude >= warn ? memory.loadedS + elapsedS : 0;
  const overloadedS = magnitude >= stop ? memory.overloadedS + elapsedS : 0;
  const percent = (): number => Math.round(100 * magnitude);
  return {
    kind: 'load',
    isWarning: magnitude >= warn && loadedS >= stopS,
    isFault: magnitude >= stop && overloadedS >= stopS,
    timers: { loadedS, overloadedS },
    warning: () => `${joint}: load ${percent()} % for ${loadedS.toFixed(1)} s (stop at ${Math.round(100 * stop)} %)`,
    fault: () =>
      new SoftqdError('E_OVERLOADED', `${joint}: load ${percent()} % for ${overloadedS.toFixed(1)} s`, {
        values: { joint, load, stop },
      }),
  };
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
