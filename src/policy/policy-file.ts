import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import type { PolicyMeta, PolicySnapshot, Tensor } from './port.ts';
import { metaFromStrings, metaToStrings } from './policy-meta.ts';
import { dataBytes, decodeSafetensors, encodeSafetensors, headerText, type TensorFile } from './safetensors.ts';
import { policyShapes, sameShape } from './shapes.ts';

/** SHA-256 over the header without its checksum and all tensor data. */
function checksum(file: TensorFile): string {
  const metadata = new Map(file.metadata);
  metadata.delete('checksum');
  const text = new TextEncoder().encode(headerText({ ...file, metadata }));
  const data = dataBytes(file.tensors);
  const all = new Uint8Array(text.length + data.length);
  all.set(text);
  all.set(data, text.length);
  return sha256Hex(all);
}

/** Throws E_POLICY_FILE when a tensor is missing, extra or misshapen, E_POLICY_NON_FINITE when one contains NaN or infinity. */
export function checkTensors(meta: PolicyMeta, tensors: ReadonlyMap<string, Tensor>): void {
  if (meta.latentSkip !== 0 && meta.latentSize !== meta.actionNames.length)
    throw new SoftqdError('E_POLICY_FILE', 'latentSkip of the policy needs a latent of the size of the action');
  const shapes = policyShapes(meta);
  for (const [name, shape] of shapes) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new SoftqdError('E_POLICY_FILE', `missing tensor ${name} in the policy`);
    if (!sameShape(tensor.shape, shape))
      throw new SoftqdError(
        'E_POLICY_FILE',
        `tensor ${name} has shape [${tensor.shape.join(', ')}], metadata says [${shape.join(', ')}]`,
      );
  }
  for (const [name, tensor] of tensors) {
    if (!shapes.has(name)) throw new SoftqdError('E_POLICY_FILE', `unexpected tensor ${name} in the policy`);
    const bad = firstNonFinite(tensor.data);
    if (bad >= 0)
      throw new SoftqdError('E_POLICY_NON_FINITE', `tensor ${name}: element ${String(tensor.data[bad])} is ${bad}`, {
        values: { tensor: name, element: bad },
      });
    if (name === 'normalizer.scale' && tensor.data.some((scale) => scale <= 0))
      throw new SoftqdError('E_POLICY_FILE', 'normalizer.scale holds a number that is not positive');
  }
}

/**
 * A policy as one safetensors file: equal snapshots produce equal bytes.
 * Throws E_POLICY_FILE when tensors and description disagree, E_POLICY_NON_FINITE for NaN or infinite weights.
 */
export function encodePolicy(snapshot: PolicySnapshot): Uint8Array {
  checkTensors(snapshot.meta, snapshot.tensors);
  const file: TensorFile = { metadata: metaToStrings(snapshot.meta), tensors: snapshot.tensors };
  return encodeSafetensors({ ...file, metadata: new Map([...file.metadata, ['checksum', checksum(file)]]) });
}

/**
 * Reads a policy file of at most `maxBytes` bytes; no code in it is executed.
 * Throws E_POLICY_FILE (truncated, altered, another shape or format), E_POLICY_NON_FINITE.
 */
export function decodePolicy(bytes: Uint8Array, limits: { readonly maxBytes: number }): PolicySnapshot {
  if (bytes.length > limits.maxBytes)
    throw new SoftqdError('E_POLICY_FILE', `the policy file is ${bytes.length} bytes (maximum ${limits.maxBytes})`);
  const file = decodeSafetensors(bytes);
  if (file.metadata.get('format') !== 'softqd-policy')
    throw new SoftqdError('E_POLICY_FILE', 'this safetensors file is not a softqd policy (metadata format)');
  if (file.metadata.get('checksum') !== checksum(file))
    throw new SoftqdError(
      'E_POLICY_FILE',
      'the checksum of the policy file does not match its content: it was altered or damaged',
    );
  const meta = metaFromStrings(file.metadata);
  checkTensors(meta, file.tensors);
  return { meta, tensors: file.tensors };
}
