// A ChunkReader reads exact numbers of bytes from a stream of chunks.

export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #next = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, which stay unread; fewer than `count` only at the end. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#next.length < count) {
      const chunk = await this.#chunks.next();
      if (chunk.done) break;
      const joined = new Uint8Array(this.#next.length + chunk.value.length);
      joined.set(this.#next);
      joined.set(chunk.value, this.#next.length);
      this.#next = joined;
    }
    return this.#next.subarray(0, count);
  }

  /** The next `count` bytes. @throws {RangeError} at the end */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new RangeError("unexpected end of file");
    this.#next = this.#next.subarray(count);
    return bytes;
  }

  /** The next `count` bytes, in chunks. @throws {RangeError} at the end */
  async *pass(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      const available = (await this.peek(1)).length === 0 ? 1 : this.#next.length;
      const chunk = await this.take(Math.min(left, available));
      left -= chunk.length;
      yield chunk;
    }
  }

  /** All bytes that are left, in chunks. */
  async *rest(): AsyncGenerator<Uint8Array> {
    try {
      if (this.#next.length > 0) yield this.#next;
      for (let chunk = await this.#chunks.next(); !chunk.done; chunk = await this.#chunks.next()) {
        yield chunk.value;
      }
    } finally {
      await this.cancel();
    }
  }

  /** Ends the stream before its end. */
  async cancel(): Promise<void> {
    await this.#chunks.return?.();
  }
}
