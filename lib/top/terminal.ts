// The terminal that a command runs in, as far as there is one.

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a command may do with its terminal. */
export interface Terminal {
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** That of a usual one where the terminal does not know its own. */
  size(): TerminalSize;
  /** Calls `listener` at each change of the size until the function that it returns is called. */
  onResize(listener: () => void): () => void;
  /** Likewise each time that the process goes on after a stop: meanwhile the terminal was another's. */
  onResume(listener: () => void): () => void;
  /** Raw: keys come as they are pressed and are not echoed, Ctrl-C as any other. For a standard input that is one. */
  setRaw(isRaw: boolean): void;
}
