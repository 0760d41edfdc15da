// The headers of a record, as Kafka writes them: their number, and for each the name and the value, both after their
// length (https://kafka.apache.org/documentation/#recordheader). Numbers are zigzag varints. They are searched where they
// stand, so that no record costs an object.

const MAX_VARINT_BYTES = 5;
const CONTINUES = 0x80;
const NULL_LENGTH = -1;

const encoder = new TextEncoder();

/** The outcome of a search. `none`: there is no such header; `damaged`: the bytes are no headers. */
export type HeaderOutcome = "found" | "none" | "damaged";

/** Searches for one header. */
export class HeaderSearch {
  /** Where the value found last begins; -1 for null. */
  valueStart = -1;
  valueEnd = -1;
  readonly #name: Uint8Array;
  #at = 0;

  constructor(name: string) {
    this.#name = encoder.encode(name);
  }

  /** Finds the header in `bytes[start..end)`, the last one of several; a start of -1 stands for no headers. O(bytes). */
  find(bytes: Uint8Array, start: number, end: number): HeaderOutcome {
    if (start < 0) return "none";
    this.#at = start;
    let left = this.#number(bytes, end);
    let outcome: HeaderOutcome = "none";
    for (; left > 0; left--) {
      const nameLength = this.#number(bytes, end);
      const nameStart = this.#at;
      const nameEnd = nameStart + nameLength;
      if (!(nameLength >= 0 && nameEnd <= end)) return "damaged";
      this.#at = nameEnd;
      const valueLength = this.#number(bytes, end);
      const valueStart = this.#at;
      const valueEnd = valueStart + Math.max(0, valueLength);
      if (!(valueLength >= NULL_LENGTH && valueEnd <= end)) return "damaged";
      this.#at = valueEnd;
      if (nameLength !== this.#name.length || !this.#isName(bytes, nameStart)) continue;
      outcome = "found";
      this.valueStart = valueLength < 0 ? -1 : valueStart;
      this.valueEnd = valueLength < 0 ? -1 : valueEnd;
    }
    return left === 0 && this.#at === end ? outcome : "damaged";
  }

  #isName(bytes: Uint8Array, start: number): boolean {
    for (let i = 0; i < this.#name.length; i++) {
      if (bytes[start + i] !== this.#name[i]) return false;
    }
    return true;
  }

  /** NaN where no number stands, which fails all checks. */
  #number(bytes: Uint8Array, end: number): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES && this.#at < end; i++) {
      const byte = bytes[this.#at++];
      value += (byte & ~CONTINUES) * 2 ** (7 * i);
      if (byte < CONTINUES) return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    }
    return NaN;
  }
}

/** Writes headers; a value of null is allowed. */
export function encodeHeaders(
  headers: readonly (readonly [name: string, value: string | null])[],
): Uint8Array {
  const bytes: number[] = [];
  writeNumber(bytes, headers.length);
  for (const [name, value] of headers) {
    writeText(bytes, name);
    if (value === null) writeNumber(bytes, NULL_LENGTH);
    else writeText(bytes, value);
  }
  return Uint8Array.from(bytes);
}

function writeText(bytes: number[], text: string): void {
  const encoded = encoder.encode(text);
  writeNumber(bytes, encoded.length);
  for (const byte of encoded) bytes.push(byte);
}

function writeNumber(bytes: number[], number: number): void {
  let rest = number < 0 ? -number * 2 - 1 : number * 2;
  for (; rest >= CONTINUES; rest = Math.floor(rest / CONTINUES)) bytes.push((rest % CONTINUES) | CONTINUES);
  bytes.push(rest);
}
