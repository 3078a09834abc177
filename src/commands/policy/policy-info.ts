import { sha256Hex } from '../../base/digest-adapter.ts';
import { decodePolicy } from '../../policy/index.ts';
import { MAX_POLICY_BYTES, type CommandFunction, type PolicyInfoOptions } from '../../runs/index.ts';
import { readUserFile } from '../evaluate/evaluate.ts';

/** `softqd policy info`: what a policy file says of itself, after all its checks. */
export const policyInfoCommand: CommandFunction<PolicyInfoOptions> = (options, ui) => {
  const bytes = readUserFile(options.file, 'policy');
  const { meta, tensors } = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const shapes = Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.shape]));
  ui.event({ file: options.file, policySha256: sha256Hex(bytes), bytes: bytes.length, ...meta, tensors: shapes });
  return Promise.resolve(0);
};
