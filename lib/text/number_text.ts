// Reads a number from the bytes of its text without making a string, where that is exact.

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const DOT = 0x2e;
/** Whole numbers of up to this many digits are exact, and print as they are written. */
const MAX_EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MAX_EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

const decoder = new TextDecoder();

/** The number that `bytes[start..end)` stands for; the text is a number as JSON writes it, or String(number). */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let whole = 0;
  let digits = 0;
  let fractionDigits = -1;
  for (let i = isNegative ? start + 1 : start; i < end; i++) {
    const byte = bytes[i];
    if (byte >= ZERO && byte <= NINE && digits < MAX_EXACT_DIGITS) {
      whole = whole * 10 + byte - ZERO;
      digits++;
      if (fractionDigits >= 0) fractionDigits++;
    } else if (byte === DOT && fractionDigits < 0) fractionDigits = 0;
    else return Number(decoder.decode(bytes.subarray(start, end)));
  }
  // Both numbers are exact, so their quotient is the nearest number to the decimal one.
  const value = fractionDigits > 0 ? whole / POWERS_OF_TEN[fractionDigits] : whole;
  return isNegative ? -value : value;
}

/** Whether String(number) prints the text as it is written: a short whole number. */
export function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_EXACT_DIGITS) return false;
  for (let i = start; i < end; i++) {
    if (bytes[i] < ZERO || bytes[i] > NINE) return false;
  }
  return true;
}

/** Whether the text is a number as JSON writes it. */
export function isJsonNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end > start && isPlainNumber(bytes, start, end)) return end - start === 1 || bytes[start] !== ZERO;
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(
    decoder.decode(bytes.subarray(start, end)),
  );
}
