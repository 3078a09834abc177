import { type ActingOptions, ActingPolicy } from './acting-policy.ts';
import { PortablePolicyNetwork } from './portable-policy-network.ts';

/** The policy in plain JavaScript: wherever the native addon is not. */
export class PortablePolicy extends ActingPolicy {
  constructor(options: ActingOptions) {
    super(options, new PortablePolicyNetwork());
  }
}
