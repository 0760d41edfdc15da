// Holds processes to a share of a core, by a control group of Linux, of version 2 or 1. It needs root.

import { join } from "node:path";

/** Short, so that a process is not stopped for long at a time. */
const PERIOD_US = 20_000;

export class CpuShare implements Disposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param share of one core, above 0
   * @throws {Error} without a control group that this user may make
   */
  static create(name: string, share: number, root = "/sys/fs/cgroup"): CpuShare {
    const quota = Math.round(share * PERIOD_US);
    try {
      return readIfThere(join(root, "cgroup.controllers")).split(/\s/).includes("cpu")
        ? CpuShare.#createVersion2(join(root, name), { quota, root })
        : CpuShare.#createVersion1(join(root, "cpu", name), quota);
    } catch (error) {
      throw new Error(
        `cannot hold a process to a share of a core: run as root where ${root} can be written`,
        {
          cause: error,
        },
      );
    }
  }

  static #createVersion2(folder: string, { quota, root }: { quota: number; root: string }): CpuShare {
    Deno.writeTextFileSync(join(root, "cgroup.subtree_control"), "+cpu");
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(join(folder, "cpu.max"), `${quota} ${PERIOD_US}`);
    return new CpuShare(folder);
  }

  static #createVersion1(folder: string, quota: number): CpuShare {
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(join(folder, "cpu.cfs_period_us"), String(PERIOD_US));
    Deno.writeTextFileSync(join(folder, "cpu.cfs_quota_us"), String(quota));
    return new CpuShare(folder);
  }

  /** Holds the process to the share, with all its threads. */
  hold(pid: number): void {
    Deno.writeTextFileSync(join(this.#folder, "cgroup.procs"), String(pid));
  }

  /** The processes in it must have ended. */
  [Symbol.dispose](): void {
    // The files in it are the kernel's; rmdir removes the group.
    Deno.removeSync(this.#folder);
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
