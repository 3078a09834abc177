import type { ServoBusSpec } from './servo-bus-spec.ts';

/** Torque with a blocked shaft at one supply voltage. */
interface StallPoint {
  readonly supplyV: number;
  readonly torqueNm: number;
}

/** What the data sheet of a servo model specifies. */
export interface ServoModel {
  /** Rated supply voltage: what the virtual servo has. */
  readonly nominalV: number;
  /** Below minV or above maxV the servo is outside its data sheet; below warnMinV it is weak. */
  readonly minV: number;
  readonly warnMinV: number;
  readonly maxV: number;
  /** The servo's own temperature limit as shipped: it turns its torque off there. */
  readonly temperatureLimitC: number;
  /** Ascending supply voltage. */
  readonly stall: readonly StallPoint[];
  /** Value of the load or current register at the motor's maximum. */
  readonly fullLoadSteps: number;
}

type ModelTable = ReadonlyMap<number, ServoModel>;

/**
 * Feetech: data sheets STS3215-C001 (4 to 7.4 V, 19.5 kg cm at 7.4 V), STS3215-C018 (4 to 14 V, 30 kg cm at 12 V), STS3250 (6 to 12.6 V,
 * 50 kg cm at 12 V); all turn off at 70 degrees Celsius. Both versions of the STS3215 have the model number 777: the one of 12 V is assumed
 * above 7.4 V. The load register counts thousandths of full duty. Many STS3215 arms have a supply of 5 V: that is a warning, not a stop.
 */
const FEETECH: ModelTable = new Map([
  [
    777,
    {
      ...{ minV: 4.5, warnMinV: 5.5, nominalV: 7.4, maxV: 14, temperatureLimitC: 70, fullLoadSteps: 1000 },
      stall: stall([7.4, 1.91], [12, 2.94]),
    },
  ],
  [
    2825,
    {
      ...{ minV: 6, warnMinV: 7, nominalV: 12, maxV: 12.6, temperatureLimitC: 70, fullLoadSteps: 1000 },
      stall: stall([12, 4.9]),
    },
  ],
]);

const XL330 = { minV: 3.7, warnMinV: 4.3, nominalV: 5, maxV: 7, temperatureLimitC: 70, fullLoadSteps: 1470 };
const XC330 = { minV: 6.5, warnMinV: 9, nominalV: 12, maxV: 14, temperatureLimitC: 70, fullLoadSteps: 880 };
const XL430 = { minV: 6.5, warnMinV: 9, nominalV: 12, maxV: 14, temperatureLimitC: 72, fullLoadSteps: 1000 };

/**
 * Dynamixel: e-manual, emanual.robotis.com/docs/en/dxl/x/: input voltage, stall torque, Temperature Limit (31) and Max Voltage Limit (32)
 * as shipped. Full load: the XL430 has a load register of 0.1 %; the others a current register of 1 mA, full at the stall current of the
 * rated voltage.
 */
const DYNAMIXEL: ModelTable = new Map([
  [1190, { ...XL330, stall: stall([3.7, 0.18], [5, 0.215], [6, 0.228]) }],
  [1200, { ...XL330, stall: stall([3.7, 0.42], [5, 0.52], [6, 0.6]) }],
  [1060, { ...XL430, stall: stall([9, 1], [11.1, 1.4], [12, 1.5]) }],
  [1210, { ...XC330, stall: stall([9, 0.65], [11.1, 0.76], [12, 0.8]) }],
  [1220, { ...XC330, stall: stall([9, 0.76], [11.1, 0.92], [12, 1]) }],
]);

const MODELS: Readonly<Record<ServoBusSpec['protocol'], ModelTable>> = { feetech: FEETECH, dynamixel: DYNAMIXEL };

/** The data sheet of a servo model; null for a model without an entry. */
export function servoModel(protocol: ServoBusSpec['protocol'], modelNumber: number): ServoModel | null {
  return MODELS[protocol].get(modelNumber) ?? null;
}

/** Value of the load or current register of a servo at its motor's maximum; thousandths for a model without an entry. */
export function fullLoadSteps(protocol: ServoBusSpec['protocol'], modelNumber: number): number {
  return servoModel(protocol, modelNumber)?.fullLoadSteps ?? 1000;
}

/** Stall torque at a supply voltage, N m: between two points of the data sheet linear, outside them proportional to the voltage. */
export function stallTorqueNm({ stall }: ServoModel, supplyV: number): number {
  const above = stall.findIndex((point) => point.supplyV >= supplyV);
  const high = stall[above];
  const low = stall[above < 0 ? stall.length - 1 : above - 1];
  if (high === undefined || low === undefined) {
    const end = high ?? low!;
    return (end.torqueNm * supplyV) / end.supplyV;
  }
  const fraction = (supplyV - low.supplyV) / (high.supplyV - low.supplyV);
  return low.torqueNm + fraction * (high.torqueNm - low.torqueNm);
}

function stall(...points: readonly (readonly [supplyV: number, torqueNm: number])[]): readonly StallPoint[] {
  return points.map(([supplyV, torqueNm]) => ({ supplyV, torqueNm }));
}
