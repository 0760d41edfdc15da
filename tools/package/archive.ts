// Tar files that are the same bytes for the same content: sorted names, one time, one owner.

import { run } from "./run.ts";

export interface ArchiveOptions {
  /** The folder in which the entries are. */
  readonly folder: string;
  readonly entries: readonly string[];
  readonly epochSeconds: number;
  /** The numeric owner and group of every entry. Root's unless given. */
  readonly owner?: number;
  /** An entry that is left out, with all that is in it. */
  readonly exclude?: string;
  /** Appends to the file instead of replacing it. */
  readonly append?: boolean;
}

export async function writeTar(path: string, options: ArchiveOptions): Promise<void> {
  const { folder, entries, epochSeconds, owner = 0, exclude, append = false } = options;
  await run([
    "tar",
    append ? "--append" : "--create",
    `--file=${path}`,
    `--directory=${folder}`,
    "--format=gnu",
    "--sort=name",
    `--mtime=@${epochSeconds}`,
    `--owner=${owner}`,
    `--group=${owner}`,
    "--numeric-owner",
    ...(exclude === undefined ? [] : [`--exclude=${exclude}`]),
    ...entries,
  ]);
}

/** Compresses the file in place of the original, under its name with `.gz`. */
export async function compress(path: string, level: "--best" | "-6" = "-6"): Promise<void> {
  await run(["gzip", "--no-name", level, path]);
}
