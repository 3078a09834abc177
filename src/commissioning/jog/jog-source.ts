import type { Policy } from '../../policy/port.ts';
import { splitTarget } from './jog-task.ts';
import type { JogController, JogSetpoint } from './setpoint.ts';

/** The source of actions while jogging: an operator or a single move, as setpoints from tick to tick. */
export class JogSource implements Policy {
  readonly version = 0;
  /** The setpoint of the newest action; null: none. */
  setpoint: JogSetpoint | null = null;
  /** The newest target that the guard let through and that was sent; null: none yet. */
  sent: number | null = null;
  private readonly controller: JogController;
  private readonly nextSetpoint: (position: number, sent: number | null) => JogSetpoint | null;
  private readonly periodS: number;

  constructor(controller: JogController, nextSetpoint: JogSource['nextSetpoint'], periodS: number) {
    this.controller = controller;
    this.nextSetpoint = nextSetpoint;
    this.periodS = periodS;
  }

  act([position = NaN]: Float32Array, out: Float32Array): void {
    const { sent, periodS } = this;
    this.setpoint = this.nextSetpoint(position, sent);
    splitTarget(this.controller.target(this.setpoint, { position, sent, periodS }), out);
  }

  beginEpisode(): void {
    // A jog has one episode.
  }
}
