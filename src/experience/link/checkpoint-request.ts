import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { encodeToLearner } from './messages.ts';
import type { SendQueue } from './send-queue.ts';
import type { TransitionSender } from './transition-sender.ts';

/** The connection that a checkpoint is requested on. */
interface CheckpointPeer {
  readonly outbox: SendQueue;
  readonly uplink: TransitionSender | null;
}

interface Pending {
  readonly sequence: number;
  readonly daemonState: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: SoftqdError) => void;
  /** The connection to which the request was sent. */
  requestedFrom: CheckpointPeer | null;
}

/** At most one pending request for a checkpoint; it is sent again when another learner connects. */
export class CheckpointRequest {
  private pending: Pending | null = null;

  /** Resolves when the checkpoint after `sequence` is durable. Rejects with E_CHECKPOINT, also while another one is pending. */
  create(sequence: number, daemonState: Uint8Array): Promise<void> {
    if (this.pending !== null) {
      return Promise.reject(new SoftqdError('E_CHECKPOINT', 'a checkpoint is already in progress'));
    }
    return new Promise((resolve, reject) => {
      this.pending = { sequence, daemonState, resolve, reject, requestedFrom: null };
    });
  }

  /** Sends the pending request once everything up to its sequence was handed to this connection. */
  send(peer: CheckpointPeer | null): void {
    const { pending } = this;
    if (pending === null || peer?.uplink == null || pending.requestedFrom === peer) return;
    if (peer.uplink.sent < pending.sequence) return;
    pending.requestedFrom = peer;
    try {
      const { sequence, daemonState } = pending;
      peer.outbox.send(encodeToLearner({ kind: 'checkpoint', sequence, daemonState }));
    } catch (error) {
      this.fail(toSoftqdError(error));
    }
  }

  /** The learner's answer; `error` '' = durable. Answers to other requests are ignored. */
  complete(peer: CheckpointPeer, sequence: number, error: string): void {
    const { pending } = this;
    if (pending === null || pending.requestedFrom !== peer || pending.sequence !== sequence) return;
    this.pending = null;
    if (error === '') {
      pending.resolve();
      return;
    }
    const hint = 'The earlier checkpoint is unchanged. The message contains the reason.';
    pending.reject(new SoftqdError('E_CHECKPOINT', error, { hint }));
  }

  fail(error: SoftqdError): void {
    const { pending } = this;
    this.pending = null;
    pending?.reject(error);
  }
}
