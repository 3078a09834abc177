import { NS_PER_MS } from '../../base/clock.ts';
import type { JointStop } from '../../robot/stop-plan.ts';
import type { JointDrive, JointState, VirtualBoard } from '../port.ts';
import { BoardProgram } from './board-program.ts';

/** Time from power-on to the start of the program. */
const BOOT_NS = 50 * NS_PER_MS;

/**
 * The microcontroller of a bridge robot: the core of the firmware in a separate process. It measures the joints given to `step` and
 * drives them. A program that exits is restarted, as after a watchdog reset.
 */
export class VirtualBridge implements VirtualBoard {
  readonly protocol = 'bridge';
  private readonly start: (onExit: () => void) => BoardProgram;
  private readonly torqueOff: readonly JointDrive[];
  private program: BoardProgram | null;
  private bootedNs = 0;
  private steppedNs = 0;
  /** The present state of the world, sent to a restarted board. */
  private readonly world = new Map<string, number>();
  private closed = false;

  constructor(program: string, robot: string, stops: readonly JointStop[]) {
    this.torqueOff = stops.map(() => ({ kind: 'torque-off' }) as const);
    this.start = (onExit) => new BoardProgram({ program, robot, stops, onExit });
    this.program = this.run();
  }

  receive(bytes: Uint8Array): void {
    this.program?.write(bytes);
  }

  transmit(): Uint8Array | null {
    return this.program?.frames.shift() ?? null;
  }

  step(joints: readonly JointState[], nowNs: number): readonly JointDrive[] {
    this.steppedNs = nowNs;
    if (this.program === null) {
      if (this.closed || nowNs < this.bootedNs) return this.torqueOff;
      this.program = this.run();
    }
    const measured = joints.map(({ positionRadOrM, velocityRadOrMPerS, effortNmOrN }) =>
      [positionRadOrM, velocityRadOrMPerS, effortNmOrN].map((value) => value.toPrecision(9)).join(' '),
    );
    this.program.send(`joints ${measured.join(' ')}`);
    return this.program.drives;
  }

  brownOut(nowNs: number): void {
    this.program?.terminate();
    this.program = null;
    this.bootedNs = nowNs + BOOT_NS;
  }

  overload(index: number): void {
    this.program?.send(`driver ${index}`);
  }

  setSupplyVolts(volts: number): void {
    this.tell('supply', volts);
  }

  setEmergencyStop(pressed: boolean): void {
    this.tell('estop', pressed ? 1 : 0);
  }

  setTemperature(celsius: number): void {
    this.tell('temperature', celsius);
  }

  close(): void {
    this.closed = true;
    this.program?.terminate();
    this.program = null;
  }

  private run(): BoardProgram {
    const program: BoardProgram = this.start(() => {
      if (this.program !== program) return;
      this.program = null;
      this.bootedNs = this.steppedNs + BOOT_NS;
    });
    for (const [what, value] of this.world) program.send(`${what} ${value}`);
    return program;
  }

  private tell(what: string, value: number): void {
    this.world.set(what, value);
    this.program?.send(`${what} ${value}`);
  }
}
