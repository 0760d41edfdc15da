// Follows a file from its start, as `tail -F` does: it reads appended bytes, starts again after a truncation, and reports a
// new file at the path. It reads a FIFO whether it has writers or not.

import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

const READ_BYTES = 65_536;

/** `replaced`: the path names another file. `truncated`: the file is shorter than the bytes read. */
export type FileChange = "none" | "truncated" | "replaced";

export class FollowedFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #isFifo: boolean;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #position = 0;

  private constructor(path: string, { handle, isFifo }: { handle: FileHandle; isFifo: boolean }) {
    this.#path = path;
    this.#handle = handle;
    this.#isFifo = isFifo;
  }

  /** Opens a FIFO at once, whether it has a writer or not. */
  static async open(path: string): Promise<FollowedFile> {
    // Without O_NONBLOCK a thread would wait in open() or read() for a writer, and nothing could interrupt it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new FollowedFile(path, { handle, isFifo: (await handle.stat()).isFIFO() });
  }

  /** The next bytes; the caller may keep them. Empty at the end of the file. */
  async read(): Promise<Uint8Array> {
    const bytes = await this.#readBuffer();
    this.#position += bytes;
    return this.#buffer.slice(0, bytes);
  }

  /** After `truncated`, the next `read` returns the start of the file. */
  async check(): Promise<FileChange> {
    const own = await this.#handle.stat();
    if (!this.#isFifo && own.size < this.#position) {
      this.#position = 0;
      return "truncated";
    }
    const current = await statOrNothing(this.#path);
    if (current === undefined) return "none"; // between an old file and a new one
    return current.ino === own.ino && current.dev === own.dev ? "none" : "replaced";
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #readBuffer(): Promise<number> {
    const position = this.#isFifo ? null : this.#position;
    try {
      return (await this.#handle.read(this.#buffer, 0, READ_BYTES, position)).bytesRead;
    } catch (error) {
      if (hasCode(error, "EAGAIN")) return 0; // a FIFO without data
      throw error;
    }
  }
}

async function statOrNothing(path: string): Promise<{ ino: number; dev: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
