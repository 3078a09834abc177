import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './segment-files.ts';

/** The live segment for the writer; a write at a position can be repeated after it failed. */
export interface SegmentFile {
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when everything written survives a power loss. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentFiles {
  /** `create`: the file must not exist; `continue`: it must. */
  open(path: string, mode: 'create' | 'continue'): Promise<SegmentFile>;
}

/** Segments on the disk. */
export class DiskSegmentFiles implements SegmentFiles {
  async open(path: string, mode: 'create' | 'continue'): Promise<SegmentFile> {
    const handle = await open(path, mode === 'create' ? 'wx' : 'r+');
    if (mode === 'create') {
      try {
        await syncDirectory(dirname(path));
      } catch (thrown) {
        await handle.close();
        await rm(path, { force: true });
        throw thrown;
      }
    }
    return new DiskSegmentFile(handle);
  }
}

class DiskSegmentFile implements SegmentFile {
  private readonly handle: FileHandle;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const result = await this.handle.write(bytes, written, bytes.length - written, position + written);
      written += result.bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
