import assert from "node:assert/strict";
import { join } from "node:path";
import { CpuShare } from "../../bench/scale/cpu_share.ts";

/** A folder that stands for /sys/fs/cgroup. */
function withRoot(files: Readonly<Record<string, string>>, test: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(join(root, "cpu"));
    for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(join(root, name), text);
    test(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

Deno.test("CpuShare sets the quota of a group of version 2, and holds a process", () => {
  withRoot({ "cgroup.controllers": "cpuset cpu io\n", "cgroup.subtree_control": "" }, (root) => {
    CpuShare.create("a", 0.25, root).hold(42);
    assert.equal(Deno.readTextFileSync(join(root, "cgroup.subtree_control")), "+cpu");
    assert.equal(Deno.readTextFileSync(join(root, "a", "cpu.max")), "5000 20000");
    assert.equal(Deno.readTextFileSync(join(root, "a", "cgroup.procs")), "42");
  });
});

Deno.test("CpuShare sets the quota of a group of version 1, also beside one of version 2 without cpu", () => {
  const rows: Record<string, string>[] = [{}, { "cgroup.controllers": "memory\n" }];
  for (const files of rows) {
    withRoot(files, (root) => {
      CpuShare.create("a", 0.1, root).hold(42);
      assert.equal(Deno.readTextFileSync(join(root, "cpu", "a", "cpu.cfs_quota_us")), "2000");
      assert.equal(Deno.readTextFileSync(join(root, "cpu", "a", "cpu.cfs_period_us")), "20000");
      assert.equal(Deno.readTextFileSync(join(root, "cpu", "a", "cgroup.procs")), "42");
    });
  }
});

Deno.test("CpuShare.create() says what it needs where there is no control group", () => {
  assert.throws(() => CpuShare.create("a", 0.1, "/nowhere"), {
    message: /run as root where \/nowhere can be written/,
  });
});
