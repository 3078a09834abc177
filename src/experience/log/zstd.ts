import zstd from '@foxglove/wasm-zstd';
import { SoftqdError } from '../../base/errors.ts';

const LEVEL = 3;

/** Resolves when zstd can be called. */
export async function zstdReady(): Promise<void> {
  await zstd.isLoaded;
}

/** One zstd frame at a fixed level: the same bytes for the same bytes. */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  return zstd.compress(bytes, LEVEL);
}

/** Throws E_LOG_FILE when the frame is damaged. */
export function decompressZstd(bytes: Uint8Array, uncompressedBytes: number): Uint8Array {
  try {
    return zstd.decompress(bytes, uncompressedBytes);
  } catch (cause) {
    throw new SoftqdError('E_LOG_FILE', 'a compressed chunk cannot be unpacked', { cause });
  }
}
