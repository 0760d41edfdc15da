// Escapes characters that must not reach a terminal or a log.

/** Controls, formats (bidirectional overrides among them), line separators and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, without anything that controls a terminal. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** One character (code point) as `\n`, `\r`, `\t`, `\xNN`, `\uNNNN` or `\UNNNNNNNN`, as Python writes it. */
export function escapeCharacter(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** The categories that Python's `str.isprintable` refuses. They depend on the Unicode version of the runtime. */
const UNPRINTABLE = /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/gu;

/** Escapes the characters that Python's `repr` escapes, but neither quotes nor backslashes. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/**
 * Printable characters that a reader cannot see: fillers and selectors that draw nothing, except the emoji selector after
 * a pictograph; a mark without a base character, or above several other marks.
 */
const UNSEEN =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Default_Ignorable_Code_Point}\u2800]|(?<![\p{L}\p{N}\p{P}\p{S}]\p{M}{0,3})\p{M}/gu;

const BEYOND_ASCII = /\P{ASCII}/gu;

/**
 * Escapes invisible differences, so that different texts look different. Backslashes are escaped, too. In a text that is
 * not in NFC every character beyond ASCII is escaped: the NFC form looks the same.
 */
export function escapeUnseen(text: string): string {
  const unseen = text.normalize("NFC") === text ? UNSEEN : BEYOND_ASCII;
  return escapeUnprintable(text.replaceAll("\\", "\\\\").replace(unseen, escapeCharacter));
}
