// A stream of words most of which occur once, while a few occur always. The position in the stream determines its words.

const FREQUENT_WORDS = 50;
const NEW_WORDS_PER_RECORD = 9;

export const WORDS_PER_RECORD: number = NEW_WORDS_PER_RECORD + 1;

export class DistinctWords {
  readonly #recordsPerPane: number;

  constructor(recordsPerPane: number) {
    this.#recordsPerPane = recordsPerPane;
  }

  /** The text of a record: words joined by commas. */
  record(index: number): string {
    const words = Array.from({ length: NEW_WORDS_PER_RECORD }, (_, i) => `new-${index}-${i}`);
    return [...words, `frequent-${index % FREQUENT_WORDS}`].join();
  }

  /** The words that every pane may have. */
  frequentWords(): string[] {
    return Array.from({ length: FREQUENT_WORDS }, (_, i) => `frequent-${i}`);
  }

  /** How often the word occurs in the panes from `from` on, before `to`. */
  countOf(word: string, { from, to }: { readonly from: number; readonly to: number }): number {
    const [kind, number] = word.split("-");
    const [first, end] = [Math.max(0, from) * this.#recordsPerPane, to * this.#recordsPerPane];
    const index = Number(number);
    if (kind === "new") return index >= first && index < end ? 1 : 0;
    const upTo = (record: number) => Math.ceil((record - index) / FREQUENT_WORDS);
    return upTo(end) - upTo(first);
  }
}
