// The alternate screen of a terminal. It uses only control sequences that every terminal of the last decades knows
// (ECMA-48, and xterm's for the alternate screen).

import type { Line, Style } from "./span.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const RESET = "\x1b[0m";
const ERASE_LINE = "\x1b[2K";

const SEQUENCES: Readonly<Record<Style, string>> = {
  plain: "",
  strong: "\x1b[1m",
  faint: "\x1b[2m",
  good: "\x1b[32m",
  waiting: "\x1b[33m",
  bad: "\x1b[31m",
  bar: "\x1b[36m",
};

export class FullScreen {
  readonly #write: (text: string) => void;
  readonly #hasColor: boolean;
  #shown: readonly string[] = [];

  /** Enters the alternate screen. `write` writes the whole text. */
  constructor(write: (text: string) => void, options: { readonly hasColor: boolean }) {
    this.#write = write;
    this.#hasColor = options.hasColor;
    this.enter();
  }

  /** Enters the alternate screen, also after another program has left it. */
  enter(): void {
    this.#write(ENTER);
    this.forget();
  }

  /** Shows the lines from the top. It writes only the lines that have changed. */
  show(lines: readonly Line[]): void {
    const formatted = lines.map((line) => this.#format(line));
    const changed = formatted.map((text, row) => {
      return text === this.#shown[row] ? "" : `\x1b[${row + 1};1H${ERASE_LINE}${text}`;
    });
    this.#shown = formatted;
    const text = changed.join("");
    if (text !== "") this.#write(text);
  }

  /** The terminal may show something else now: the next `show` writes every line. */
  forget(): void {
    this.#shown = [];
    this.#write("\x1b[2J");
  }

  leave(): void {
    this.#write(LEAVE);
  }

  /** Each part goes to its own column, because terminals disagree on the width of the part before it. */
  #format(line: Line): string {
    return line.map(({ column, text, style }) => {
      const sequence = this.#hasColor ? SEQUENCES[style] : "";
      return `\x1b[${column + 1}G${sequence}${text}${sequence === "" ? "" : RESET}`;
    }).join("");
  }
}
