// LogNews lets any number of callers wait until something new has been read from the pane log.

export class LogNews {
  readonly #waiting = new Set<() => void>();

  /** Ends all waits. */
  tell(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Waits for the next `tell`, or for the signal. */
  wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      signal.removeEventListener("abort", wake);
      this.#waiting.delete(wake);
      resolve();
    };
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    return promise;
  }
}
