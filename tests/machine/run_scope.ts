// The processes and files of one run of the tests. The scope removes them, however the run ends.

const MARK = "RTCOUNT_TEST_RUN";
const PAUSE_MS = 10;
/** A process that has been killed is gone within a moment; one that starts another in between takes a further pass. */
const MAX_PASSES = 500;

/**
 * Every process below this one inherits a mark in its environment, so that it is found when it is nobody's child any more.
 * Temporary files go to a folder that goes with the run.
 */
export class RunScope implements Disposable {
  readonly #mark: string;
  readonly #folder: string;

  constructor() {
    // A run within a run has both marks, so that the end of the outer one is its end too.
    const outer = Deno.env.get(MARK);
    this.#mark = `${outer === undefined ? "" : `${outer}/`}${crypto.randomUUID()}`;
    this.#folder = Deno.makeTempDirSync({ prefix: "rtcount-tests-" });
    // Some tests run programs as other users.
    Deno.chmodSync(this.#folder, 0o755);
    Deno.env.set(MARK, this.#mark);
    Deno.env.set("TMPDIR", this.#folder);
  }

  /** Kills every process of the run but this one; returns the command lines of those that it found first. */
  killAll(): string[] {
    let first: string[] | undefined;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const pids = this.#pids();
      first ??= pids.map(commandLine);
      if (pids.length === 0) break;
      for (const pid of pids) killNow(pid);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
    return first ?? [];
  }

  [Symbol.dispose](): void {
    this.killAll();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #pids(): number[] {
    if (Deno.build.os !== "linux") return [];
    const pids = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name));
    return pids.filter((pid) =>
      pid > 0 && pid !== Deno.pid && readProc(pid, "environ").includes(`${MARK}=${this.#mark}`)
    );
  }
}

function commandLine(pid: number): string {
  return readProc(pid, "cmdline").replaceAll("\0", " ").trim();
}

/** Empty for a process that has ended meanwhile or belongs to somebody else. */
function readProc(pid: number, name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}

function killNow(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
