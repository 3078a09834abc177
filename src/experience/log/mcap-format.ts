/** Opcodes of MCAP records (mcap.dev/spec). */
export const OPCODE = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  messageIndex: 0x07,
  chunkIndex: 0x08,
  attachment: 0x09,
  attachmentIndex: 0x0a,
  statistics: 0x0b,
  metadata: 0x0c,
  metadataIndex: 0x0d,
  summaryOffset: 0x0e,
  dataEnd: 0x0f,
} as const;

/** The eight bytes at both ends of a file. */
export const MCAP_MAGIC = Uint8Array.of(0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a);

/** Opcode and u64 length before every body. */
export const RECORD_PREFIX_BYTES = 9;
/** channel u16, sequence u32, log and publish time u64. */
export const MESSAGE_HEADER_BYTES = 22;
/** Lengths of DataEnd and Footer bodies. */
export const DATA_END_BYTES = 4;
export const FOOTER_BYTES = 20;
/** The end of a segment without a summary: DataEnd, Footer, magic. */
export const SEGMENT_TAIL_BYTES = RECORD_PREFIX_BYTES + DATA_END_BYTES + RECORD_PREFIX_BYTES + FOOTER_BYTES + 8;
/** A constant, so that equal runs write equal bytes. */
export const MCAP_LIBRARY = 'softqd';
