// A regular expression that can run on bytes: a sequence of ASCII characters and classes, each a fixed number of times or
// the last one any number of times, such as \d+, \b[0-9a-f]{8,}\b, or the eight to twelve digits of a UUID. Such a pattern
// never has to go back, so that a search is linear, and no text has to be decoded.

/** A longer sequence would make a search expensive, since it begins at every byte. */
const MAX_SEQUENCE = 256;

const WORD = /[A-Za-z0-9_]/;
const IS_WORD = Uint8Array.from(
  { length: 256 },
  (_, code) => Number(code < 128 && WORD.test(String.fromCharCode(code))),
);

/** One class of characters, `min` times; where `isOpen`, as often as it comes. */
interface Element {
  /** 1 for each byte of the class. */
  readonly bytes: Uint8Array;
  readonly min: number;
  readonly isOpen: boolean;
}

export class BytePattern {
  /** Where the match found last begins and ends. */
  matchStart = -1;
  matchEnd = -1;
  readonly #elements: readonly Element[];
  readonly #first: Uint8Array;
  readonly #beginsWord: boolean;
  readonly #endsWord: boolean;

  /** Undefined for a pattern that needs a regular expression. The pattern compiles with the flag u. */
  static of(pattern: string): BytePattern | undefined {
    const [, begins, source, ends] = /^(\\b)?((?:[^\\]|\\[^])*?)(\\b)?$/.exec(pattern) ?? [];
    const elements = source === undefined || source === "" ? undefined : parseElements(source);
    if (elements === undefined) return undefined;
    const [beginsWord, endsWord] = [begins !== undefined, ends !== undefined];
    return isLinear(elements, { beginsWord, endsWord })
      ? new BytePattern(elements, { beginsWord, endsWord })
      : undefined;
  }

  private constructor(elements: readonly Element[], boundaries: { beginsWord: boolean; endsWord: boolean }) {
    this.#elements = elements;
    this.#first = elements[0].bytes;
    this.#beginsWord = boundaries.beginsWord;
    this.#endsWord = boundaries.endsWord;
  }

  /** Searches the text `bytes[start..end)` from `from` on. O(bytes). */
  find(bytes: Uint8Array, from: number, start: number, end: number): boolean {
    const first = this.#first;
    let at = from;
    while (true) {
      while (at < end && first[bytes[at]] === 0) at++;
      if (at >= end) return false;
      const matchEnd = this.#matchAt(bytes, at, end);
      const isBegin = !this.#beginsWord || at === start || IS_WORD[bytes[at - 1]] === 0;
      const isEnd = !this.#endsWord || matchEnd === end || IS_WORD[bytes[matchEnd]] === 0;
      if (matchEnd > 0 && isBegin && isEnd) {
        this.matchStart = at;
        this.matchEnd = matchEnd;
        return true;
      }
      // A run of an open class that fails also fails from its second byte on.
      if (this.#elements[0].isOpen) { while (at < end && first[bytes[at]] === 1) at++; }
      else at++;
    }
  }

  /** The end of the match at `at`; 0 for none. */
  #matchAt(bytes: Uint8Array, at: number, end: number): number {
    let position = at;
    for (const { bytes: own, min, isOpen } of this.#elements) {
      const least = position + min;
      const most = isOpen ? end : Math.min(end, least);
      while (position < most && own[bytes[position]] === 1) position++;
      if (position < least) return 0;
    }
    return position;
  }
}

/** Whether the sequence never goes back: an open class is the last one, and a word boundary stands beside word characters. */
function isLinear(
  elements: readonly Element[],
  { beginsWord, endsWord }: { readonly beginsWord: boolean; readonly endsWord: boolean },
): boolean {
  const last = elements.length - 1;
  const isOpenWithin = elements.some(({ isOpen }, index) => isOpen && index < last);
  // Behind a longer beginning, the end of a run could be searched again from many bytes.
  const isOpenBeforeBoundary = endsWord && elements[last].isOpen && last > 0;
  const length = elements.reduce((sum, { min }) => sum + min, 0);
  const fits = (isBoundary: boolean, { bytes }: Element) =>
    !isBoundary || bytes.every((isIn, code) => isIn === 0 || IS_WORD[code] === 1);
  const isShort = length <= MAX_SEQUENCE || elements[0].isOpen;
  return !isOpenWithin && !isOpenBeforeBoundary && isShort && fits(beginsWord, elements[0]) &&
    fits(endsWord, elements[last]);
}

/** Undefined where the source has anything else. */
function parseElements(source: string): Element[] | undefined {
  const element = /(\[(?:[^\]\\]|\\[^])+\]|\\[^]|[^\\[\](){}.*+?^$|/])(?:(\+)|\{(\d{1,4})(,)?\})?(?![+*?{])/y;
  const elements: Element[] = [];
  while (element.lastIndex < source.length) {
    const match = element.exec(source);
    if (match === null) return undefined;
    const [, characters, plus, count, comma] = match;
    const bytes = parseClass(characters);
    const min = count === undefined ? 1 : Number(count);
    if (bytes === undefined || min === 0) return undefined;
    elements.push({ bytes, min, isOpen: plus !== undefined || comma !== undefined });
  }
  return elements;
}

/** The bytes of one character or class; undefined where it may have others than ASCII. */
function parseClass(characters: string): Uint8Array | undefined {
  const isKnown = /^(?:[\x20-\x7e])+$/.test(characters) &&
    !/^\[\^|\\[^dw.\-/\\[\](){}*+?^$|]/.test(characters);
  if (!isKnown) return undefined;
  const expression = new RegExp(`^${characters}$`, "u");
  return Uint8Array.from(
    { length: 256 },
    (_, code) => Number(code < 128 && expression.test(String.fromCharCode(code))),
  );
}
