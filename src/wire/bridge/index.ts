export * from './bridge-enums.ts';
export * from './bridge-frame.ts';
export * from './bridge-limits.ts';
export * from './bridge-link-decode.ts';
export * from './bridge-link-encode.ts';
export * from './bridge-messages.ts';
