// The terminal that a command runs in. Any of the streams may be something else.

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** The usual size if the terminal does not know its own. */
  size(): TerminalSize;
  /** Calls `listener` at each change of the size until the function that it returns is called. */
  onResize(listener: () => void): () => void;
  /** Calls `listener` each time that the process continues after a stop. Another program had the terminal meanwhile. */
  onResume(listener: () => void): () => void;
  /** In raw mode keys come at once and without an echo, Ctrl-C too. Standard input has to be a terminal. */
  setRaw(isRaw: boolean): void;
}
