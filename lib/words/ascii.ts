const FIRST_BEYOND_ASCII = 0x80;

/** Whether `bytes[start..end)` is ASCII alone. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i] >= FIRST_BEYOND_ASCII) return false;
  }
  return true;
}
