import type { Socket } from 'node:net';

/** Frames queued for one socket, with the exact number of bytes queued in this process. */
export class SendQueue {
  private readonly socket: Socket;
  private queued = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.once('close', () => this.wake());
  }

  /** Bytes not yet handed to the kernel. */
  get queuedBytes(): number {
    return this.queued;
  }

  get open(): boolean {
    return this.socket.writable;
  }

  send(frame: Uint8Array): void {
    if (!this.socket.writable) return;
    this.queued += frame.length;
    this.socket.write(frame, () => {
      this.queued -= frame.length;
      if (this.waiting.length > 0) this.wake();
    });
  }

  /** Resolves when at most `bytes` are queued, or when the socket is gone. */
  async whenWritable(bytes: number): Promise<void> {
    while (this.queued > bytes && this.socket.writable) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
