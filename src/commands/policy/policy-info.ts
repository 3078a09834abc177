import { sha256Hex } from '../../base/digest-adapter.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { decodePolicy } from '../../policy/index.ts';
import { MAX_POLICY_BYTES } from '../../runs/index.ts';
import { policyPath } from '../run-files.ts';
import { readUserFile } from '../user-file.ts';
import type { PolicyInfoOptions, PolicyInfoResult } from './types.ts';

/** `softqd policy info`: the metadata and tensors of a policy file, after all checks. */
export const policyInfoCommand: CommandFunction<PolicyInfoOptions, PolicyInfoResult> = async (options, ui) => {
  const file = await policyPath(options.file, options);
  const bytes = readUserFile(file, 'policy');
  const { meta, tensors } = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const shapes = Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.shape]));
  ui.event({ file, policySha256: sha256Hex(bytes), bytes: bytes.length, ...meta, tensors: shapes });
  return 0;
};
