// Writes the sixteen bytes of a UUID as text.

const GROUP_ENDS = [8, 12, 16, 20];
const UUID_BYTES = 16;

export function uuidText(bytes: Uint8Array, start: number): string {
  let digits = "";
  for (let i = start; i < start + UUID_BYTES; i++) digits += bytes[i].toString(16).padStart(2, "0");
  const bounds = [0, ...GROUP_ENDS, 2 * UUID_BYTES];
  return GROUP_ENDS.concat(2 * UUID_BYTES).map((end, i) => digits.slice(bounds[i], end)).join("-");
}
