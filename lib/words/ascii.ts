const FIRST_BEYOND_ASCII = 0x80;

/** Whether all of `bytes[start..end)` is ASCII. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i] >= FIRST_BEYOND_ASCII) return false;
  }
  return true;
}
