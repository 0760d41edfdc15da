// The file operations of snapshots. A test replaces them: each call is one step after which the process may end.

import { constants } from "node:fs";
import { open } from "node:fs/promises";

export interface SnapshotFile {
  /** Writes all bytes; the caller may change them afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the written bytes survive a power failure. */
  sync(): Promise<void>;
  close(): void;
}

/** Every failure is a SnapshotFileError. */
export interface SnapshotFiles {
  /** Undefined if there is no such file. Only a regular file is read: a link or a FIFO may be another user's. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Makes an empty file. It never opens what is there: it removes that. */
  create(path: string): Promise<SnapshotFile>;
  /** Replaces the file at `to`; false if there is no file at `from`. */
  rename(from: string, to: string): Promise<boolean>;
  /** Resolves when the names in the folder survive a power failure. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** The file system refused an operation. */
export class SnapshotFileError extends Error {
  override readonly name = "SnapshotFileError";
}

/** Only the user of the daemon may read the words. */
const MODE = 0o600;

export const systemFiles: SnapshotFiles = {
  async read(path) {
    return await unlessMissing(attempt(`read ${path}`, () => readRegularFile(path)));
  },
  async create(path) {
    await unlessMissing(this.remove(path));
    const options = { write: true, createNew: true, mode: MODE };
    const file = await attempt(`create ${path}`, () => Deno.open(path, options));
    return {
      write: (bytes) => attempt(`write ${path}`, () => writeAll(file, bytes)),
      sync: () => attempt(`sync ${path}`, () => file.sync()),
      close: () => file.close(),
    };
  },
  async rename(from, to) {
    const renamed = attempt(`rename ${from} to ${to}`, () => Deno.rename(from, to)).then(() => true);
    return await unlessMissing(renamed) ?? false;
  },
  async syncFolder(path) {
    await attempt(`sync ${path}`, async () => {
      using folder = await Deno.open(path, { read: true });
      await folder.sync();
    });
  },
  async remove(path) {
    await attempt(`remove ${path}`, () => Deno.remove(path));
  },
};

async function readRegularFile(path: string): Promise<Uint8Array> {
  // Without O_NONBLOCK the open of a FIFO would wait for a writer.
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if (!(await file.stat()).isFile()) throw new Error("it is not a regular file");
  return await file.readFile();
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

async function attempt<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SnapshotFileError(`cannot ${action}: ${reason}`, { cause: error });
  }
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    const cause = error instanceof SnapshotFileError ? error.cause : undefined;
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw error;
  }
}
