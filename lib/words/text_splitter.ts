// A TextSplitter cuts a decoded text into pieces. separatorSplitter is for a separator that contains U+FFFD: invalid
// UTF-8 decodes to it, so cutting the bytes would miss separators. Other separators are cut as bytes.

/** Calls `onPiece` with the bounds of each piece of `text`, in UTF-16 units, from left to right. */
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
