import { SoftqdError } from '../base/errors.ts';
import type { SafetyState } from './port.ts';

/** disarmed -> armed -> stopping -> disarmed | faulted. The first reason stays until the next `arm`. */
export class SafetyStateMachine {
  state: SafetyState = 'disarmed';
  reason: SoftqdError | null = null;

  /** Throws E_SAFETY_STATE unless disarmed. */
  requireDisarmed(): void {
    if (this.state === 'disarmed') return;
    const because = this.reason === null ? '' : `: ${this.reason.message}`;
    throw new SoftqdError('E_SAFETY_STATE', `cannot arm while ${this.state}${because}`, {
      values: { state: this.state, reason: this.reason?.code ?? null },
    });
  }

  arm(): void {
    this.requireDisarmed();
    this.state = 'armed';
    this.reason = null;
  }

  /** Only an armed or stopping robot stops; in other states there is no motion and no change. */
  stop(reason: SoftqdError | null): void {
    if (this.state !== 'armed' && this.state !== 'stopping') return;
    this.state = 'stopping';
    this.reason ??= reason;
  }

  disarm(): void {
    this.state = 'disarmed';
  }

  /** From any state, so that an error while disarmed must also be acknowledged. */
  fault(error: SoftqdError): void {
    this.state = 'faulted';
    this.reason ??= error;
  }
}
