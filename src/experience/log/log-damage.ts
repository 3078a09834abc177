/** Bytes of a file that were skipped because they are not a complete, unaltered record. */
export interface LogDamage {
  readonly kind: 'record' | 'chunk';
  /** Start in the file, bytes. */
  readonly at: number;
  readonly bytes: number;
  /** Records in them, at least one; a chunk counts as one. */
  readonly records: number;
  readonly reason: string;
}

/** Damage with the file it is in. */
export interface DamagedPlace extends LogDamage {
  readonly file: string;
}

/** How much of a log is corrupt. */
export interface DamageCounts {
  /** Corrupt records outside chunks, or in chunks whose checksum matches. */
  readonly records: number;
  /** Chunks that do not match their checksum or cannot be decompressed; verified messages in them are kept. */
  readonly chunks: number;
  /** Bytes of all corrupt records and chunks. */
  readonly bytes: number;
}

export const NO_DAMAGE: DamageCounts = { records: 0, chunks: 0, bytes: 0 };

/** Adds one damage to a sum. */
export function addDamage(counts: DamageCounts, { kind, records, bytes }: LogDamage): DamageCounts {
  return {
    records: counts.records + (kind === 'record' ? records : 0),
    chunks: counts.chunks + (kind === 'chunk' ? records : 0),
    bytes: counts.bytes + bytes,
  };
}

export function addCounts(a: DamageCounts, b: DamageCounts): DamageCounts {
  return { records: a.records + b.records, chunks: a.chunks + b.chunks, bytes: a.bytes + b.bytes };
}

export function isDamaged({ records, chunks }: DamageCounts): boolean {
  return records + chunks > 0;
}

/** For a message: "FILE: damaged record skipped at byte 1234 (56 bytes): reason". */
export function damagedPlaceText({ file, kind, at, bytes, reason }: DamagedPlace): string {
  return `${file}: damaged ${kind} skipped at byte ${at} (${bytes} bytes): ${reason}`;
}

/** For a message: "2 damaged records and 1 damaged chunk (5310 bytes)". */
export function damageText({ records, chunks, bytes }: DamageCounts): string {
  const parts = [counted(records, 'record'), counted(chunks, 'chunk')].filter((part) => part !== '');
  return `${parts.join(' and ')} (${bytes} bytes)`;
}

function counted(count: number, noun: string): string {
  return count === 0 ? '' : `${count} damaged ${noun}${count === 1 ? '' : 's'}`;
}
