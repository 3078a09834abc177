export type * from './config.ts';
