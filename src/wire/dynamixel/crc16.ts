/** CRC-16/UMTS (also called BUYPASS): polynomial 0x8005, initial value 0, not reflected, no final XOR; `crc16("123456789")` is 0xFEE8. */
const TABLE = buildTable();

function buildTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1;
    table[i] = crc & 0xffff;
  }
  return table;
}

/** CRC-16 of bytes[start, end), continued from `crc`. */
export function crc16(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  for (let i = start; i < end; i++) crc = ((crc << 8) ^ TABLE[((crc >> 8) ^ bytes[i]!) & 0xff]!) & 0xffff;
  return crc;
}
