// A file system in memory that stops after so many steps, and then shows what a power cut may have left: of bytes not
// made durable any part, of names not made durable the former or the new ones.

import {
  type SnapshotFile,
  SnapshotFileError,
  type SnapshotFiles,
} from "../../lib/snapshot/snapshot_files.ts";

/** Nothing of the process runs after it. */
export class Crash extends Error {}

interface Node {
  bytes: Uint8Array;
  durable: Uint8Array;
}

export class CrashingFiles implements SnapshotFiles {
  /** Steps that still work. */
  stepsLeft = Infinity;
  /** The error of the next step that fails instead of crashing, such as a full disk. */
  failure: string | undefined;
  #names = new Map<string, Node>();
  #durableNames = new Map<string, Node>();

  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  put(path: string, bytes: Uint8Array): void {
    this.#names.set(path, { bytes, durable: bytes });
    this.#durableNames = new Map(this.#names);
  }

  /** Cuts the power. `kept`, 0 to 1, is the share of unsynced bytes that survives. */
  cut({ keepsNames, kept }: { readonly keepsNames: boolean; readonly kept: number }): void {
    const names = keepsNames ? this.#names : this.#durableNames;
    this.#names = new Map([...names].map(([path, { bytes, durable }]) => {
      const torn = bytes === durable ? bytes : bytes.slice(0, Math.round(bytes.length * kept));
      return [path, { bytes: torn, durable: torn }];
    }));
    this.#durableNames = new Map(this.#names);
    this.stepsLeft = Infinity;
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#step(() => this.#names.get(path)?.bytes);
  }

  async create(path: string): Promise<SnapshotFile> {
    const node: Node = { bytes: new Uint8Array(0), durable: new Uint8Array(0) };
    await this.#step(() => this.#names.set(path, node));
    return {
      write: (bytes) =>
        this.#step(() => {
          const longer = new Uint8Array(node.bytes.length + bytes.length);
          longer.set(node.bytes);
          longer.set(bytes, node.bytes.length);
          node.bytes = longer;
        }),
      sync: () => this.#step(() => void (node.durable = node.bytes)),
      close: () => {},
    };
  }

  rename(from: string, to: string): Promise<boolean> {
    return this.#step(() => {
      const node = this.#names.get(from);
      if (node === undefined) return false;
      this.#names.delete(from);
      this.#names.set(to, node);
      return true;
    });
  }

  syncFolder(): Promise<void> {
    return this.#step(() => void (this.#durableNames = new Map(this.#names)));
  }

  remove(path: string): Promise<void> {
    return this.#step(() => void this.#names.delete(path));
  }

  // deno-lint-ignore require-await -- what it throws must come out as a rejection
  async #step<T>(run: () => T): Promise<T> {
    if (this.stepsLeft <= 0 && this.failure === undefined) throw new Crash();
    if (this.stepsLeft-- <= 0) throw new SnapshotFileError(this.failure);
    return run();
  }
}
