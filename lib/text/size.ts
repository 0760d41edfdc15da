// Sizes such as `64KiB`: a whole number and B, KiB, MiB or GiB. A number alone is bytes.

const UNITS_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** The source of a regular expression for what `parseSize` accepts. */
export const sizePattern = "^[0-9]+(B|KiB|MiB|GiB)?$";

const SIZE = new RegExp(sizePattern);

/** Bytes of a text such as `64KiB`; undefined for other text, and beyond exact numbers. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const unit = match[1] ?? "";
  const bytes = Number(text.slice(0, text.length - unit.length)) * (UNITS_BYTES[unit] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that parses to `bytes`, a whole number. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return "0B";
  for (const unit of ["GiB", "MiB", "KiB"]) {
    if (bytes % UNITS_BYTES[unit] === 0) return `${bytes / UNITS_BYTES[unit]}${unit}`;
  }
  return `${bytes}B`;
}
