// Reads big-endian integers. Offsets and timestamps become doubles, ids become bigints. Callers check the bounds.

/** As a double: exact within 2^53, which no offset and no time in milliseconds exceeds; an approximation beyond. */
export function readInt64(bytes: Uint8Array, at: number): number {
  const high = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
  const low = bytes[at + 4] << 24 | bytes[at + 5] << 16 | bytes[at + 6] << 8 | bytes[at + 7];
  return high * 0x1_0000_0000 + (low >>> 0);
}

export function readBigInt64(bytes: Uint8Array, at: number): bigint {
  const high = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
  const low = bytes[at + 4] << 24 | bytes[at + 5] << 16 | bytes[at + 6] << 8 | bytes[at + 7];
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
}
