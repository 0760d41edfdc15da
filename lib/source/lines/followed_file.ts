// A file as `tail -F` follows it, from its beginning: what is appended is read, a file that was cut short is read from
// its start again, and one that took the path's place comes next. A FIFO is read whatever its writers do.

import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

const READ_BYTES = 65_536;

/** What has become of a file: the path names another one now, or it is shorter than what was read of it. */
export type FileChange = "none" | "truncated" | "replaced";

export class FollowedFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #isFifo: boolean;
  readonly #buffer = new Uint8Array(READ_BYTES);
  /** Bytes read. */
  #position = 0;

  private constructor(path: string, { handle, isFifo }: { handle: FileHandle; isFifo: boolean }) {
    this.#path = path;
    this.#handle = handle;
    this.#isFifo = isFifo;
  }

  /** Opens the file; a FIFO opens at once, whether it has a writer or not. */
  static async open(path: string): Promise<FollowedFile> {
    // Without O_NONBLOCK a thread would wait in open() or read() for a writer, and nothing could call it back.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new FollowedFile(path, { handle, isFifo: (await handle.stat()).isFIFO() });
  }

  /** The next bytes, the caller's to keep; none: there is nothing more now. */
  async read(): Promise<Uint8Array> {
    const bytes = await this.#readBuffer();
    this.#position += bytes;
    return this.#buffer.slice(0, bytes);
  }

  /** Looks what has become of the file. Of one cut short, the next `read` brings the start. */
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
      if (hasCode(error, "EAGAIN")) return 0; // a FIFO whose writers have nothing to say
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
