export interface SchemaInfo {
  readonly name: string;
  readonly encoding: string;
  readonly data: Uint8Array;
}

export interface ChannelInfo {
  readonly id: number;
  readonly topic: string;
  readonly messageEncoding: string;
  /** null: the channel has no schema. */
  readonly schema: SchemaInfo | null;
}
