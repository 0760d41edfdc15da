// Keeps a job's snapshots in one file. A new snapshot is written beside it, made durable, and renamed over it. So a crash
// at any moment leaves the old or the new one, whole.

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Log } from "../log/log.ts";
import type { Snapshot, SnapshotIdentity } from "./snapshot.ts";
import { decodeSnapshot, encodeSnapshot, SnapshotFormatError } from "./snapshot_codec.ts";
import { type SnapshotFile, SnapshotFileError, type SnapshotFiles } from "./snapshot_files.ts";

/** Most systems allow names of 255 bytes; prefixes and suffixes need some of them. */
const MAX_NAME_BYTES = 180;
const NAME_HASH_DIGITS = 32;

export interface SnapshotStoreOptions {
  /** The folder; it must exist. */
  readonly dir: string;
  /** The job's name; each job has its own file. */
  readonly name: string;
  /** The identity of the present counts: a snapshot is used only if its own is equal. */
  readonly identity: () => SnapshotIdentity;
  readonly files: SnapshotFiles;
  readonly log: Pick<Log, "warn">;
}

export class SnapshotStore {
  readonly path: string;
  readonly #options: SnapshotStoreOptions;
  /** The file cannot be used. It is kept for inspection. */
  #isUnusable = false;

  constructor(options: SnapshotStoreOptions) {
    this.#options = options;
    this.path = join(options.dir, `${fileName(options.name)}.snapshot`);
  }

  /** The last snapshot; undefined if there is none, or if it cannot be used, which is logged. */
  async load(): Promise<Snapshot | undefined> {
    try {
      const bytes = await this.#options.files.read(this.path);
      this.#isUnusable = false;
      if (bytes === undefined) return undefined;
      const { snapshot, identity } = decodeSnapshot(bytes);
      const changed = changedKeys(identity, this.#options.identity());
      if (changed.length === 0) return snapshot;
      this.#refuse(`it belongs to another configuration: ${changed.join(", ")}`);
    } catch (error) {
      if (error instanceof SnapshotFormatError) this.#refuse(error.message);
      else if (error instanceof SnapshotFileError) this.#warn(error.message);
      else throw error;
    }
    return undefined;
  }

  /**
   * Replaces the last snapshot. Nothing in the new one may change meanwhile.
   *
   * @throws {SnapshotFileError} and the last snapshot is still in place
   */
  async save(snapshot: Snapshot): Promise<void> {
    const { files, dir } = this.#options;
    const chunks = encodeSnapshot(snapshot, this.#options.identity());
    const temporary = `${this.path}.tmp`;
    try {
      await this.#write(await files.create(temporary), chunks);
    } catch (error) {
      await this.#discard(temporary);
      throw error;
    }
    if (this.#isUnusable) await files.rename(this.path, `${this.path}.unused`);
    this.#isUnusable = false;
    if (!await files.rename(temporary, this.path)) {
      throw new SnapshotFileError(
        `${temporary} is gone: another process writes to it, give each a name of its own`,
      );
    }
    await files.syncFolder(dir);
  }

  async #write(file: SnapshotFile, chunks: Iterable<Uint8Array>): Promise<void> {
    try {
      for (const chunk of chunks) await file.write(chunk);
      await file.sync();
    } finally {
      file.close();
    }
  }

  /** Removes an incomplete file, which takes up space, perhaps on a full disk. */
  async #discard(path: string): Promise<void> {
    try {
      await this.#options.files.remove(path);
    } catch (error) {
      // If the file cannot be removed, it could not be written either, and that error is reported.
      if (!(error instanceof SnapshotFileError)) throw error;
    }
  }

  #refuse(reason: string): void {
    this.#isUnusable = true;
    this.#warn(reason);
  }

  #warn(reason: string): void {
    const { log } = this.#options;
    log.warn(`the snapshot is not used, records are read again instead: ${reason}`, { file: this.path });
  }
}

function changedKeys(before: SnapshotIdentity, after: SnapshotIdentity): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .sort();
}

/** Differs between names, is never hidden and is never a path. */
function fileName(name: string): string {
  const safe = name.replace(/^\.|[^A-Za-z0-9._-]/gu, (character) => {
    return [...new TextEncoder().encode(character)]
      .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
      .join("");
  });
  if (safe.length <= MAX_NAME_BYTES) return safe;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, NAME_HASH_DIGITS);
  // No shorter file name has a tilde at this place, so names stay distinct.
  return `${safe.slice(0, MAX_NAME_BYTES - NAME_HASH_DIGITS - 1)}~${hash}`;
}
