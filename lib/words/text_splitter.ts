// Cuts decoded texts, where bytes will not do: for a regular expression, and for a separator with U+FFFD in it, which
// is also what bytes that are not UTF-8 become.

/** Calls `onPiece` with where each piece of `text` lies, in UTF-16 units, from left to right. */
export type TextSplitter = (text: string, onPiece: (start: number, end: number) => void) => void;

export function separatorSplitter(separator: string): TextSplitter {
  return (text, onPiece) => {
    let start = 0;
    for (let end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
      onPiece(start, end);
      start = end + separator.length;
    }
    onPiece(start, text.length);
  };
}

/** @throws {SyntaxError} for a pattern that is no regular expression. */
export function patternSplitter(pattern: string): TextSplitter {
  const expression = new RegExp(pattern, "gu");
  return (text, onPiece) => {
    for (const match of text.matchAll(expression)) onPiece(match.index, match.index + match[0].length);
  };
}
