import lz4 from '@foxglove/wasm-lz4';
import zstd from '@foxglove/wasm-zstd';
import { SoftqdError } from '../../base/errors.ts';

const LEVEL = 3;
const ZSTD_MAGIC = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
const LZ4_MAGIC = Uint8Array.of(0x04, 0x22, 0x4d, 0x18);

/** Resolves when chunks can be compressed and decompressed. */
export async function compressionReady(): Promise<void> {
  await zstd.isLoaded;
  await lz4.isLoaded;
}

/** One zstd frame at a fixed level: equal bytes for equal input. */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  return zstd.compress(bytes, LEVEL);
}

/**
 * The records of a chunk. Throws E_LOG_FILE for a compression that is not supported. Other errors of the decompressor mean that the bytes
 * are corrupt.
 */
export function decompressChunk(bytes: Uint8Array, compression: string, uncompressedBytes: number): Uint8Array {
  if (compression === '') return bytes;
  if (compression === 'zstd' || startsWith(bytes, ZSTD_MAGIC)) return decompressZstd(bytes, uncompressedBytes);
  if (compression === 'lz4' || startsWith(bytes, LZ4_MAGIC)) return lz4(bytes, uncompressedBytes);
  throw new SoftqdError(
    'E_LOG_FILE',
    `unsupported chunk compression ${JSON.stringify(compression)} (supported: zstd, lz4, none)`,
    {
      hint: 'Convert the file first: mcap compress --compression zstd FILE.',
      values: { compression },
    },
  );
}

/** Throws a plain error of the decompressor when the frame is corrupt. */
export function decompressZstd(bytes: Uint8Array, uncompressedBytes: number): Uint8Array {
  return zstd.decompress(bytes, uncompressedBytes);
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
