import { loadAddon } from '../addon/index.ts';
import { type ActingOptions, ActingPolicy } from './acting-policy.ts';
import { NativePolicyNetwork } from './native-policy-network.ts';
import { PortablePolicyNetwork } from './portable-policy-network.ts';

/** The policy on the native kernels where they were built, else in plain JavaScript; the same mathematics and the same random numbers. */
export function createPolicy(options: ActingOptions): ActingPolicy {
  const found = loadAddon();
  return new ActingPolicy(
    options,
    found.addon === null ? new PortablePolicyNetwork() : new NativePolicyNetwork(found.addon, found.isa),
  );
}
