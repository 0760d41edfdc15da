// Watches the commits of a group while its members come and go: no commit may go backwards. A group that has never
// committed may have no coordinator yet, and cannot be watched.

import { systemClock } from "../../lib/async/clock.ts";
import { parseCommitMetadata } from "../../lib/source/kafka/commit_metadata.ts";
import { withAdmin } from "../machine/kafka/admin.ts";
import type { CommittedEnds } from "./member.ts";

const LOOK_MS = 500;

interface Commit {
  readonly offset: number;
  /** -Infinity if there is none. */
  readonly closedUntilMs: number;
}

export class CommitWatch implements AsyncDisposable {
  /** Commits that went backwards. */
  readonly regressions: string[] = [];
  readonly #options: { readonly bootstrap: string; readonly group: string; readonly topic: string };
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #latest: ReadonlyMap<number, Commit> = new Map();
  #looking: Promise<void> = Promise.resolve();

  constructor(options: { readonly bootstrap: string; readonly group: string; readonly topic: string }) {
    this.#options = options;
    this.#watching = this.#watch(this.#stopping.signal);
    // Disposal reports the error.
    this.#watching.catch(() => {});
  }

  /** The newest committed windows. */
  async look(): Promise<CommittedEnds> {
    // Query one at a time: responses in the wrong order would look like regressions.
    this.#looking = this.#looking.then(() => this.#look());
    await this.#looking;
    return new Map([...this.#latest].map(([partition, { closedUntilMs }]) => [partition, closedUntilMs]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await systemClock.sleep(LOOK_MS, signal);
    }
  }

  async #look(): Promise<void> {
    const { bootstrap, group, topic } = this.#options;
    const [found] = await withAdmin(
      bootstrap,
      (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const commits = found.partitions.map(({ partition, offset, metadata }): [number, Commit] => {
      const closedUntilMs = parseCommitMetadata(metadata ?? "")?.closedUntilMs ?? -Infinity;
      return [partition, { offset: Number(offset), closedUntilMs }];
    });
    for (const [partition, { offset, closedUntilMs }] of commits) {
      const before = this.#latest.get(partition);
      if (before === undefined) continue;
      if (offset >= before.offset && closedUntilMs >= before.closedUntilMs) continue;
      const now = { offset, closedUntilMs };
      this.regressions.push(`partition ${partition}: ${JSON.stringify(now)} after ${JSON.stringify(before)}`);
    }
    this.#latest = new Map(commits);
  }
}
