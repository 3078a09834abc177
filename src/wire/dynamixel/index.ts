export * from './crc16.ts';
export * from './instruction.ts';
export * from './packet.ts';
export * from './packet-decoder.ts';
export * from './status.ts';
export * from './x-series.ts';
