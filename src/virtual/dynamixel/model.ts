import { DYNAMIXEL_MODELS, type XSeriesRegisterName } from '../../wire/dynamixel/index.ts';

/** Registers of a servo that the master does not use and does not list. */
type ExtraRegisterName = 'startupConfiguration' | 'pwmSlope' | 'backupReady';
export type TableRegisterName = XSeriesRegisterName | ExtraRegisterName;

/** Differences between the models of the X series, from their e-manual pages. */
export interface XSeriesModel {
  readonly number: number;
  readonly name: string;
  readonly firmware: number;
  /** Nominal supply voltage. */
  readonly ratedVolts: number;
  /** At rated supply, without load. */
  readonly noLoadRpm: number;
  /** Current at rated supply with a blocked shaft. */
  readonly stallMilliamps: number;
  readonly absent: readonly TableRegisterName[];
  readonly operatingModes: readonly number[];
  /** Factory values that differ from `FACTORY`. */
  readonly factory: Readonly<Partial<Record<TableRegisterName, number>>>;
  /** Ranges that differ from `RANGES`. */
  readonly ranges: Readonly<Partial<Record<TableRegisterName, readonly [minimum: number, maximum: number]>>>;
}

/** Factory values of an XM430, the middle of the series. Registers that are not listed are 0. */
export const FACTORY: Readonly<Partial<Record<TableRegisterName, number>>> = {
  id: 1,
  baudRate: 1,
  returnDelay: 250,
  operatingMode: 3,
  secondaryId: 255,
  protocolType: 2,
  movingThreshold: 10,
  temperatureLimit: 80,
  maximumVoltage: 160,
  minimumVoltage: 95,
  pwmLimit: 885,
  currentLimit: 1193,
  velocityLimit: 200,
  maximumPosition: 4095,
  shutdown: 52,
  pwmSlope: 140,
  statusReturnLevel: 2,
  velocityGainI: 1920,
  velocityGainP: 100,
  positionGainP: 800,
};

const GAIN = [0, 16_383] as const;

/** Writable range independent of the limit registers; a value outside is a data range error. */
export const RANGES: Readonly<Partial<Record<TableRegisterName, readonly [minimum: number, maximum: number]>>> = {
  id: [0, 252],
  baudRate: [0, 6],
  returnDelay: [0, 254],
  driveMode: [0, 13],
  operatingMode: [0, 16],
  secondaryId: [0, 255],
  protocolType: [2, 2],
  homingOffset: [-1_044_479, 1_044_479],
  movingThreshold: [0, 1023],
  temperatureLimit: [0, 100],
  maximumVoltage: [95, 160],
  minimumVoltage: [95, 160],
  pwmLimit: [0, 885],
  currentLimit: [0, 1193],
  velocityLimit: [0, 1023],
  maximumPosition: [0, 4095],
  minimumPosition: [0, 4095],
  startupConfiguration: [0, 3],
  pwmSlope: [1, 255],
  shutdown: [0, 63],
  torqueEnable: [0, 1],
  led: [0, 1],
  statusReturnLevel: [0, 2],
  velocityGainI: GAIN,
  velocityGainP: GAIN,
  positionGainD: GAIN,
  positionGainI: GAIN,
  positionGainP: GAIN,
  feedforwardGain2: GAIN,
  feedforwardGain1: GAIN,
  busWatchdog: [0, 127],
  profileAcceleration: [0, 32_767],
  profileVelocity: [0, 32_767],
};

const XL330 = {
  firmware: 52,
  ratedVolts: 5,
  stallMilliamps: 1470,
  absent: [],
  operatingModes: [0, 1, 3, 4, 5, 16],
  factory: {
    temperatureLimit: 70,
    maximumVoltage: 70,
    minimumVoltage: 35,
    currentLimit: 1750,
    velocityLimit: 445,
    shutdown: 53,
    velocityGainI: 1600,
    velocityGainP: 180,
    positionGainP: 400,
  },
  ranges: { maximumVoltage: [31, 70], minimumVoltage: [31, 70], currentLimit: [0, 1750], velocityLimit: [0, 2047] },
} as const satisfies Partial<XSeriesModel>;

const KNOWN: readonly XSeriesModel[] = [
  {
    number: 1060,
    name: 'XL430-W250',
    firmware: 48,
    ratedVolts: 12,
    noLoadRpm: 61,
    stallMilliamps: 1400,
    absent: ['currentLimit', 'goalCurrent', 'pwmSlope'],
    operatingModes: [1, 3, 4, 16],
    factory: {
      temperatureLimit: 72,
      maximumVoltage: 140,
      minimumVoltage: 60,
      velocityLimit: 265,
      velocityGainI: 1000,
      positionGainD: 4000,
      positionGainP: 640,
    },
    ranges: { maximumVoltage: [60, 140], minimumVoltage: [60, 140] },
  },
  { ...XL330, number: 1200, name: 'XL330-M288', noLoadRpm: 103 },
  {
    ...XL330,
    number: 1190,
    name: 'XL330-M077',
    noLoadRpm: 383,
    factory: { ...XL330.factory, velocityLimit: 1620, velocityGainI: 1600, velocityGainP: 180 },
  },
];

/** The model of this number; an unknown one is an XM430 that reports this number. */
export function xSeriesModel(number: number): XSeriesModel {
  return (
    KNOWN.find((model) => model.number === number) ?? {
      number,
      name: DYNAMIXEL_MODELS.get(number) ?? `model ${number}`,
      firmware: 48,
      ratedVolts: 12,
      noLoadRpm: 46,
      stallMilliamps: 2300,
      absent: ['pwmSlope'],
      operatingModes: [0, 1, 3, 4, 5, 16],
      factory: {},
      ranges: {},
    }
  );
}
