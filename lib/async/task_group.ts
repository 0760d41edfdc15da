// Several loops that live and die together: when one fails, all are told to end, and whoever waits hears of the failure
// only after the last of them has ended.

/** Tasks that end together. */
export class TaskGroup {
  readonly #controller = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Aborted when the group is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs a task until it ends by itself or heeds the signal. What it throws ends the group. */
  spawn(task: (signal: AbortSignal) => Promise<void>): void {
    const running = task(this.signal).catch((error: unknown) => {
      // What fails because the group ends is no failure.
      if (!this.signal.aborted) this.#failure = { error };
      this.#controller.abort();
    }).finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  /** Tells all tasks to end. */
  stop(): void {
    this.#controller.abort();
  }

  /** Waits until all tasks have ended. @throws what the first task threw that failed. */
  async ended(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
