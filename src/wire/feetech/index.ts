export * from './instruction.ts';
export * from './packet.ts';
export * from './packet-decoder.ts';
export * from './status.ts';
export * from './sts3215.ts';
