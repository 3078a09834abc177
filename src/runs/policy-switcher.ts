import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { PolicyBytes } from '../experience/port.ts';
import { checkPolicyCompatible, decodePolicy, type PolicySnapshot } from '../policy/index.ts';

export interface PolicyIdentity {
  readonly robot: string;
  readonly task: string;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
}

/** A policy that accepts snapshots. */
export interface LoadablePolicy {
  readonly version: number;
  load(snapshot: PolicySnapshot, version: number): void;
}

export const MAX_POLICY_BYTES = 64 * 1024 * 1024;

/** Reads a policy file's bytes and checks that it matches this robot and task. */
export function verifiedSnapshot(bytes: Uint8Array, identity: PolicyIdentity): PolicySnapshot {
  const snapshot = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  checkPolicyCompatible(snapshot, identity);
  return snapshot;
}

/** Receives snapshots, checks each, and swaps between ticks; a rejected one is reported and the current policy stays. */
export class PolicySwitcher {
  private readonly policies: readonly LoadablePolicy[];
  private readonly identity: PolicyIdentity;
  private readonly onRejected: (error: SoftqdError, version: number) => void;
  private waiting: { readonly snapshot: PolicySnapshot; readonly received: PolicyBytes } | null = null;
  /** The snapshot in use, for checkpoints and evaluation; null before the first. */
  active: PolicyBytes | null = null;
  rejected = 0;

  constructor(
    policies: readonly LoadablePolicy[],
    identity: PolicyIdentity,
    onRejected: (error: SoftqdError, version: number) => void,
  ) {
    this.policies = policies;
    this.identity = identity;
    this.onRejected = onRejected;
  }

  /** Checks a snapshot; it is used from the next `swap` on. Never throws. */
  receive(received: PolicyBytes): void {
    // A restarted learner sends old snapshots again.
    if (received.version <= (this.waiting?.received.version ?? this.active?.version ?? 0)) return;
    try {
      const digest = sha256Hex(received.bytes);
      if (digest !== received.sha256) {
        throw new SoftqdError(
          'E_POLICY_FILE',
          `policy snapshot ${received.version} is corrupt: SHA-256 ${digest.slice(0, 12)}..., announced ${received.sha256.slice(0, 12)}...`,
        );
      }
      this.waiting = { snapshot: verifiedSnapshot(received.bytes, this.identity), received };
    } catch (error) {
      this.rejected += 1;
      this.onRejected(toSoftqdError(error, 'E_POLICY_FILE'), received.version);
    }
  }

  /** Between ticks only. Returns whether the policy was replaced. */
  swap(): boolean {
    if (this.waiting === null) return false;
    const { snapshot, received } = this.waiting;
    for (const policy of this.policies) policy.load(snapshot, received.version);
    this.active = received;
    this.waiting = null;
    return true;
  }
}
