const text = new TextDecoder();

/** Reads the fields of a record body one after another; past its end it throws a RangeError. */
export class RecordBody {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(bytes: number): void {
    this.position += bytes;
  }

  u16(): number {
    this.position += 2;
    return this.view.getUint16(this.position - 2, true);
  }

  u32(): number {
    this.position += 4;
    return this.view.getUint32(this.position - 4, true);
  }

  /** Exact to 2^53. */
  u64(): number {
    this.position += 8;
    return this.view.getUint32(this.position - 8, true) + this.view.getUint32(this.position - 4, true) * 4294967296;
  }

  string(): string {
    return text.decode(this.blob());
  }

  blob(): Uint8Array {
    return this.take(this.u32());
  }

  longBlob(): Uint8Array {
    return this.take(this.u64());
  }

  private take(length: number): Uint8Array {
    const start = this.position;
    this.position += length;
    return this.bytes.subarray(start, this.position);
  }
}
