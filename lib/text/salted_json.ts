// Parses foreign JSON in time that is linear in its bytes. JSON.parse keeps names, and strings of up to nine characters, in
// the engine's table of strings until the next full garbage collection. That table's hash is known and is the same in every
// process, so that somebody can choose strings that all collide, also over many texts. Here each string gets a secret
// prefix, the salt, before it is parsed, so that its hash cannot be chosen.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SALT_BYTES = 12;
/** Texts of up to this many bytes are salted in a buffer that is kept. */
const SHORT_BYTES = 16 * 1024;
const LETTERS = 26;
const LOWER_A = 0x61;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Letters, so that no escape and no end of a string can be part of it; longer than the strings that the engine keeps. */
const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES)).map((byte) => LOWER_A + byte % LETTERS);
const saltText = decoder.decode(salt);
/** At most every second byte is the first quote of a string. */
const shortSalted = new Uint8Array(SHORT_BYTES + SHORT_BYTES / 2 * SALT_BYTES);

/**
 * Parses JSON in UTF-8 into a value whose names and strings all begin with the salt: read it with `memberOf` and `unsalted`.
 * @throws {SyntaxError} as JSON.parse does for the decoded bytes, without showing the text
 */
export function parseSalted(bytes: Uint8Array): unknown {
  const text = decoder.decode(withSalt(bytes));
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The engine's message quotes the text, and so the salt.
    if (cause instanceof SyntaxError) throw new SyntaxError("the text is not JSON");
    throw cause;
  }
}

/** The name as a parsed value has it. */
export function saltedName(name: string): string {
  return saltText + name;
}

/** The text of a string in a parsed value. */
export function unsalted(text: string): string {
  return text.slice(SALT_BYTES);
}

/** The text without any salt, for texts made of several strings of a parsed value. */
export function unsaltedAll(text: string): string {
  return text.replaceAll(saltText, "");
}

/** The member of a parsed object; undefined if there is none, or if the value is no object. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[saltText + name];
}

/** Up to its first error, JSON has quotes only around strings. The text after an error may get salt anywhere. */
function withSalt(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const salted = length <= SHORT_BYTES ? shortSalted : new Uint8Array(length + quotesIn(bytes) * SALT_BYTES);
  let from = 0;
  let end = 0;
  while (from < length) {
    let byte = bytes[from++];
    salted[end++] = byte;
    if (byte !== QUOTE) continue;
    for (let i = 0; i < SALT_BYTES; i++) salted[end++] = salt[i];
    while (from < length) {
      byte = bytes[from++];
      salted[end++] = byte;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH && from < length) salted[end++] = bytes[from++];
    }
  }
  return salted.subarray(0, end);
}

function quotesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === QUOTE) count++;
  }
  return count;
}
