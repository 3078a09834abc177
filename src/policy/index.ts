export { Network } from './network.ts';
export { checkPolicyCompatible } from './compatibility.ts';
export { normalize, Normalizer, type NormalizerState } from './normalizer.ts';
export { decodePolicy, encodePolicy } from './policy-file.ts';
export { type ActingOptions, ActingPolicy, type ActingState } from './acting-policy.ts';
export { createPolicy } from './create-policy.ts';
export { PortablePolicy } from './portable-policy.ts';
export type { LayerSpec } from './layers/index.ts';
export type { ActMode, PolicyMeta, PolicySnapshot, Tensor } from './port.ts';
export {
  criticShapes,
  elementCount,
  type NetworkLayout,
  policyShapes,
  sameShape,
  samplerShapes,
  type Shapes,
} from './shapes.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
