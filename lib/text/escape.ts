// Escapes for characters that must not reach a terminal or a log as they are.

/** Controls, formats (bidirectional overrides among them), line separators and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, with nothing in it that steers a terminal. */
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

/**
 * What Python does not show as it is: the categories of `str.isprintable`. Which characters are assigned depends on the
 * Unicode version of the runtime, as it does on Python's.
 */
const UNPRINTABLE = /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/gu;

/** Escapes what Python's `repr` would, and nothing else: neither quotes nor backslashes. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/**
 * What a reader could not see although it is printable: a selector or filler that draws nothing (but for the one that
 * asks for a picture, behind a character that has one), a mark with nothing to stand on or on top of several others.
 */
const UNSEEN =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Default_Ignorable_Code_Point}\u2800]|(?<![\p{L}\p{N}\p{P}\p{S}]\p{M}{0,3})\p{M}/gu;

const BEYOND_ASCII = /\P{ASCII}/gu;

/**
 * Shows a text so that no two look the same for what cannot be seen: backslashes are escaped too, and in a text that has
 * a shorter spelling which looks the same all that could be spelled differently.
 */
export function escapeUnseen(text: string): string {
  const unseen = text.normalize("NFC") === text ? UNSEEN : BEYOND_ASCII;
  return escapeUnprintable(text.replaceAll("\\", "\\\\").replace(unseen, escapeCharacter));
}
