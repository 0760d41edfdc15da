// A test that does not end, with a child and a process that has left its session. run_live_test.ts ends its run.

const folder = Deno.env.get("TMPDIR") ?? "/tmp";
const file = `${folder}/endless`;

Deno.test({
  name: "endless",
  sanitizeResources: false,
  async fn() {
    await Deno.writeTextFile(file, "");
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    new Deno.Command("tail", { args: ["-f", file], ...quiet }).spawn();
    await new Deno.Command("sh", { args: ["-c", 'setsid tail -f "$1" &', "sh", file], ...quiet }).spawn()
      .status;
    console.log(`endless in ${folder}`);
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  },
});
