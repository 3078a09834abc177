export * from './cbor-decode.ts';
export * from './cbor-encode.ts';
export * from './joint-state.ts';
export * from './message.ts';
export * from './request.ts';
export * from './value.ts';
