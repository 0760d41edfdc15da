// Numbers of any size in decimal notation, as JSON readers show them.

/** A longer decimal is none: its digits would take quadratic time. */
const MAX_DECIMAL_BYTES = 128;
const MAX_EXACT_DIGITS = 15;

/**
 * The decimal whose digits are the integer `bytes[start..end)`, in two's complement, `scale` of them after the point;
 * undefined if it is too long. Zeros at the end of the fraction are left out.
 */
export function decimalText(
  bytes: Uint8Array,
  { start, end, scale }: { readonly start: number; readonly end: number; readonly scale: number },
): string | undefined {
  const length = end - start;
  if (length > MAX_DECIMAL_BYTES) return undefined;
  let digits = 0n;
  for (let i = start; i < end; i++) digits = digits << 8n | BigInt(bytes[i]);
  const isNegative = length > 0 && bytes[start] >= 0x80;
  if (isNegative) digits = (1n << BigInt(8 * length)) - digits;
  const text = digits.toString().padStart(scale + 1, "0");
  const point = text.length - scale;
  let shownEnd = text.length;
  while (shownEnd > point && text[shownEnd - 1] === "0") shownEnd--;
  const whole = text.slice(0, point);
  const shown = shownEnd === point ? whole : `${whole}.${text.slice(point, shownEnd)}`;
  const signed = isNegative ? `-${shown}` : shown;
  // A short one is written as JavaScript prints it: a very small one has an exponent.
  return digits < 10n ** BigInt(MAX_EXACT_DIGITS) ? String(Number(signed)) : signed;
}
