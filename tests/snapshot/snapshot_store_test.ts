import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { Snapshot, SnapshotIdentity } from "../../lib/snapshot/snapshot.ts";
import { encodeSnapshot } from "../../lib/snapshot/snapshot_codec.ts";
import { SnapshotFileError, type SnapshotFiles, systemFiles } from "../../lib/snapshot/snapshot_files.ts";
import { SnapshotStore } from "../../lib/snapshot/snapshot_store.ts";
import { Crash, CrashingFiles } from "../fakes/crashing_files.ts";
import { WHOLE_RUNS } from "../whole_runs.ts";
import { emptySnapshot, joined, snapshots, wordsCopy } from "./snapshots.ts";

const IDENTITY = { "window.slide": "2000" };

function storeOn(
  files: SnapshotFiles,
  options: { dir?: string; name?: string; identity?: SnapshotIdentity } = {},
) {
  const warnings: string[] = [];
  const { dir = "/state", name = "job", identity = IDENTITY } = options;
  const log = { warn: (message: string) => warnings.push(message) };
  return { store: new SnapshotStore({ dir, name, identity: () => identity, files, log }), warnings };
}

function snapshotAt(takenAtMs: number, words = 0): Snapshot {
  return {
    ...emptySnapshot,
    takenAtMs,
    words: wordsCopy(Array.from({ length: words }, (_, id) => `word-${id}`)),
  };
}

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.chmod(dir, 0o700);
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("SnapshotStore.load() returns the snapshot saved last", async () => {
  await inFolder(async (dir) => {
    await fc.assert(
      fc.asyncProperty(snapshots, async (snapshot) => {
        const { store, warnings } = storeOn(systemFiles, { dir });
        await store.save(snapshot);
        assert.deepEqual(await storeOn(systemFiles, { dir }).store.load(), snapshot);
        assert.deepEqual(warnings, []);
      }),
      { numRuns: 20, ...WHOLE_RUNS },
    );
    assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["job.snapshot"]);
  });
});

Deno.test("SnapshotStore.load() returns undefined without a warning if there is no file", async () => {
  const { store, warnings } = storeOn(new CrashingFiles());
  assert.equal(await store.load(), undefined);
  assert.deepEqual(warnings, []);
});

Deno.test("SnapshotStore.save() leaves the old or the new snapshot after a crash at any step", async () => {
  for (const next of [snapshotAt(2), snapshotAt(2, 20_000)]) {
    for (const keepsNames of [false, true]) {
      for (const kept of [0, 0.5, 1]) {
        let done = false;
        for (let steps = 0; !done; steps++) {
          const files = new CrashingFiles();
          await storeOn(files).store.save(snapshotAt(1));
          files.stepsLeft = steps;
          try {
            await storeOn(files).store.save(next);
            done = true;
          } catch (error) {
            if (!(error instanceof Crash)) throw error;
          }
          files.cut({ keepsNames, kept });
          const { store, warnings } = storeOn(files);
          const found = (await store.load())?.takenAtMs;
          assert.deepEqual(warnings, [], `after ${steps} steps`);
          assert.ok(done ? found === 2 : found === 1 || found === 2, `after ${steps} steps: ${found}`);
          await store.save(snapshotAt(3));
          assert.equal(
            (await store.load())?.takenAtMs,
            3,
            "files left by a crash do not block the next save",
          );
        }
      }
    }
  }
});

Deno.test("SnapshotStore.save() leaves the old or the new snapshot after a failure of real files at any step", async () => {
  let done = false;
  for (let steps = 0; !done; steps++) {
    await inFolder(async (dir) => {
      await storeOn(systemFiles, { dir }).store.save(snapshotAt(1));
      const { store } = storeOn(failingAfter(steps, systemFiles), { dir });
      try {
        await store.save(snapshotAt(2, 20_000));
        done = true;
      } catch (error) {
        if (!(error instanceof SnapshotFileError)) throw error;
      }
      const found = (await storeOn(systemFiles, { dir }).store.load())?.takenAtMs;
      assert.ok(done ? found === 2 : found === 1 || found === 2, `after ${steps} steps: ${found}`);
    });
  }
});

/** The real files; every step after the first `left` ones fails. */
function failingAfter(steps: number, files: SnapshotFiles): SnapshotFiles {
  let left = steps;
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new SnapshotFileError("no more");
    return await run();
  };
  return {
    read: (path) => step(() => files.read(path)),
    create: async (path) => {
      const file = await step(() => files.create(path));
      return {
        write: (bytes) => step(() => file.write(bytes)),
        sync: () => step(() => file.sync()),
        close: () => file.close(),
      };
    },
    rename: (from, to) => step(() => files.rename(from, to)),
    syncFolder: (path) => step(() => files.syncFolder(path)),
    remove: (path) => step(() => files.remove(path)),
  };
}

Deno.test("SnapshotStore.save() removes its incomplete file from a full disk", async () => {
  const files = new CrashingFiles();
  files.failure = "cannot write: No space left on device";
  const { store } = storeOn(files);
  await store.save(snapshotAt(1));
  for (let steps = 0; steps < 3; steps++) {
    files.stepsLeft = steps;
    const saving = store.save(snapshotAt(2));
    await assert.rejects(saving, SnapshotFileError);
    files.stepsLeft = Infinity;
    assert.equal((await store.load())?.takenAtMs, 1);
  }
});

Deno.test("SnapshotStore.save() fails if the folder is missing or not writable", async () => {
  await inFolder(async (dir) => {
    const missing = storeOn(systemFiles, { dir: join(dir, "missing") }).store;
    await assert.rejects(missing.save(snapshotAt(1)), { name: "SnapshotFileError", message: /No such file/ });
    assert.equal(await missing.load(), undefined);
    const asFile = join(dir, "file");
    await Deno.writeTextFile(asFile, "");
    await assert.rejects(storeOn(systemFiles, { dir: asFile }).store.save(snapshotAt(1)), SnapshotFileError);
  });
});

Deno.test("SnapshotStore.load() warns of an unusable file, and save() keeps it under another name", async () => {
  const good = joined(encodeSnapshot(snapshotAt(1), IDENTITY));
  const damaged = good.slice();
  damaged[damaged.length - 40] ^= 1;
  const rows: [Uint8Array, RegExp][] = [
    [damaged, /damaged/],
    [good.subarray(0, 20), /damaged/],
    [new TextEncoder().encode("{}"), /not a snapshot/],
    [
      joined(encodeSnapshot(snapshotAt(1), { "window.slide": "1000" })),
      /another configuration: window\.slide/,
    ],
  ];
  for (const [bytes, reason] of rows) {
    const files = new CrashingFiles();
    files.put("/state/job.snapshot", bytes);
    const { store, warnings } = storeOn(files);
    assert.equal(await store.load(), undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], reason);
    assert.match(warnings[0], /^the snapshot is not used, records are read again instead: /);
    assert.deepEqual(files.names, ["/state/job.snapshot"], "the file stays until a new one replaces it");
    await store.save(snapshotAt(2));
    assert.deepEqual(await files.read("/state/job.snapshot.unused"), bytes);
    assert.equal((await store.load())?.takenAtMs, 2);
    await store.save(snapshotAt(3));
    assert.deepEqual(await files.read("/state/job.snapshot.unused"), bytes);
  }
});

Deno.test("SnapshotStore.load() warns of a file that cannot be read", async () => {
  await inFolder(async (dir) => {
    await Deno.mkdir(join(dir, "job.snapshot"));
    const { store, warnings } = storeOn(systemFiles, { dir });
    assert.equal(await store.load(), undefined);
    assert.match(warnings[0], /cannot read/);
  });
});

Deno.test("SnapshotStore.save() and load() follow no link, and wait for no FIFO", async () => {
  await inFolder(async (dir) => {
    const victim = join(dir, "victim");
    const path = join(dir, "job.snapshot");
    await Deno.writeTextFile(victim, "precious");
    const { store, warnings } = storeOn(systemFiles, { dir });
    await Deno.symlink(victim, `${path}.tmp`);
    await Deno.symlink(victim, path);
    assert.equal(await store.load(), undefined);
    await store.save(snapshotAt(1));
    assert.equal(await Deno.readTextFile(victim), "precious");
    assert.ok((await Deno.lstat(path)).isFile);
    assert.equal((await Deno.lstat(path)).mode! & 0o777, 0o600);
    assert.equal((await store.load())?.takenAtMs, 1);

    // A name without a file behind it, and a second name of a file.
    await Deno.symlink(join(dir, "new"), `${path}.tmp`);
    await store.save(snapshotAt(2));
    await assert.rejects(Deno.lstat(join(dir, "new")), Deno.errors.NotFound);
    await Deno.link(victim, `${path}.tmp`);
    await store.save(snapshotAt(3));
    assert.equal(await Deno.readTextFile(victim), "precious");

    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    assert.equal(await store.load(), undefined);
    assert.equal(warnings.length, 2);
    for (const warning of warnings) assert.match(warning, /cannot read/);
  });
});

Deno.test("SnapshotStore.save() reports that another process took its file away", async () => {
  const files = new CrashingFiles();
  const { store } = storeOn({
    ...bound(files),
    syncFolder: () => Promise.resolve(),
    rename: () => Promise.resolve(false),
  });
  await assert.rejects(store.save(snapshotAt(1)), /another process/);
});

function bound(files: CrashingFiles): SnapshotFiles {
  return {
    read: (path) => files.read(path),
    create: (path) => files.create(path),
    rename: (from, to) => files.rename(from, to),
    syncFolder: () => files.syncFolder(),
    remove: (path) => files.remove(path),
  };
}

Deno.test("SnapshotStore.path is in the folder for any name, and differs between names", () => {
  const nameOf = (name: string) => {
    const { path } = storeOn(systemFiles, { name }).store;
    assert.ok(path.startsWith("/state/"));
    return path.slice("/state/".length);
  };
  assert.equal(nameOf("rtcount"), "rtcount.snapshot");
  assert.equal(nameOf("a b/ä%.."), "a%20b%2f%c3%a4%25...snapshot");
  assert.equal(nameOf(".."), "%2e..snapshot");
  const names = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }),
    fc.string({ unit: fc.constantFrom("a", "/", ".", "%", "~", "ä"), minLength: 1, maxLength: 200 }),
  );
  fc.assert(fc.property(names, names, (a, b) => {
    assert.match(nameOf(a), /^[A-Za-z0-9%_-][A-Za-z0-9%._~-]*\.snapshot$/);
    assert.ok(nameOf(a).length < 200);
    assert.equal(nameOf(a) === nameOf(b), a === b);
  }));
});
