// Cuts decoded texts where cutting bytes is not enough: at a separator that contains U+FFFD, to which invalid UTF-8
// decodes.

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
