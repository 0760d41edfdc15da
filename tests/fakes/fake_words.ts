// A table of words with a plain Map inside, that watches who gives ids back.

import assert from "node:assert/strict";
import type { WordNames } from "../../lib/window/window_options.ts";

export class FakeWords implements WordNames {
  readonly #ids = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [];
  readonly #free: number[] = [];
  #heldBytes = 0;

  /** 16 and the length, for each word. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get idLimit(): number {
    return this.#texts.length;
  }

  /** Words that have an id now. */
  get live(): string[] {
    return [...this.#ids.keys()].sort();
  }

  intern(word: string): number {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    const id = this.#free.pop() ?? this.#texts.length;
    this.#ids.set(word, id);
    this.#heldBytes += word.length + 16;
    this.#texts[id] = word;
    return id;
  }

  text(id: number): string {
    const text = this.#texts[id];
    assert.ok(text !== undefined, `id ${id} names no word`);
    return text;
  }

  compare(a: number, b: number): number {
    return this.text(a) < this.text(b) ? -1 : 1;
  }

  release(id: number): void {
    this.#heldBytes -= this.text(id).length + 16;
    this.#ids.delete(this.text(id));
    this.#texts[id] = undefined;
    this.#free.push(id);
  }
}
