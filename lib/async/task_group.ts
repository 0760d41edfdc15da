// Loops that end together: when one fails, the group aborts the others, and `ended` throws the failure after the last of
// them has ended.

export class TaskGroup {
  readonly #controller = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Aborted when the group has to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs a task until it returns. A task that throws ends the group. */
  spawn(task: (signal: AbortSignal) => Promise<void>): void {
    const running = task(this.signal).catch((error: unknown) => {
      // A task that throws after the abort only reports that it was interrupted.
      if (!this.signal.aborted) this.#failure = { error };
      this.#controller.abort();
    }).finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  /** Tells all tasks to end. */
  stop(): void {
    this.#controller.abort();
  }

  /** Waits until all tasks have ended. @throws the error of the first task that failed */
  async ended(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
