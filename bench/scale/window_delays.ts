// Listens to a member's stream of windows, and notes how long after its end each one comes.

import { systemClock } from "../../lib/async/clock.ts";

export class WindowDelays implements AsyncDisposable {
  readonly #response: Response;
  readonly #ending: AbortController;
  readonly #reading: Promise<void>;
  /** The delay of each window by its end. */
  readonly #delays = new Map<number, number>();

  private constructor(response: Response, ending: AbortController) {
    this.#response = response;
    this.#ending = ending;
    this.#reading = this.#read();
  }

  static async observe(url: string): Promise<WindowDelays> {
    const ending = new AbortController();
    const response = await fetch(`${url}/api/v1/stream`, { signal: ending.signal });
    if (!response.ok) throw new Error(`${url}/api/v1/stream answers ${response.status}`);
    return new WindowDelays(response, ending);
  }

  /** The delays of the windows that end after that time. */
  since(fromMs: number): number[] {
    return [...this.#delays].filter(([endMs]) => endMs > fromMs).map(([, delayMs]) => delayMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    let rest = "";
    try {
      for await (const text of this.#response.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        // The id of an event is the window's end.
        for (const line of lines.filter((line) => line.startsWith("id: "))) {
          const endMs = Number(line.slice("id: ".length));
          this.#delays.set(endMs, systemClock.nowMs() - endMs);
        }
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    }
  }
}
