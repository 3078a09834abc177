import type { ShaftDrive, ShaftState } from './port.ts';

/** What a bus needs of one virtual servo, whatever its protocol. */
interface VirtualServo {
  readonly id: number;
  readonly baudRate: number | undefined;
  /** A dead servo neither replies nor moves. */
  dead: boolean;
  readonly health: { injectedTemperatureC: number | null; injectedLoad: number | null };
  step(shaft: ShaftState, nowNs: number): ShaftDrive;
  reboot(nowNs: number): void;
  overload(): void;
}

/** The part of a VirtualServoBus that does not depend on its protocol: the servos themselves and the faults injected into them. */
export class ServosOnBus<Servo extends VirtualServo> {
  protected readonly servos: readonly Servo[];

  constructor(servos: readonly Servo[]) {
    this.servos = servos;
  }

  get ids(): readonly number[] {
    return this.servos.map(({ id }) => id);
  }

  get baudRate(): number | null {
    const [rate, ...others] = new Set(this.servos.map((servo) => servo.baudRate));
    return rate !== undefined && others.length === 0 ? rate : null;
  }

  step(shafts: readonly ShaftState[], nowNs: number): readonly ShaftDrive[] {
    return this.servos.map((servo, index) => servo.step(shafts[index]!, nowNs));
  }

  brownOut(index: number, nowNs: number): void {
    this.servos[index]?.reboot(nowNs);
  }

  overload(index: number): void {
    this.servos[index]?.overload();
  }

  setTemperature(index: number, celsius: number | null): void {
    const servo = this.servos[index];
    if (servo !== undefined) servo.health.injectedTemperatureC = celsius;
  }

  setLoad(index: number, fraction: number | null): void {
    const servo = this.servos[index];
    if (servo !== undefined) servo.health.injectedLoad = fraction;
  }

  setUnresponsive(index: number, dead: boolean): void {
    const servo = this.servos[index];
    if (servo !== undefined) servo.dead = dead;
  }
}
