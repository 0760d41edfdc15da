import assert from "node:assert/strict";
import { missingPrograms } from "../machine/machine.ts";
import { freePorts } from "../machine/free_ports.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { rtcountCommand, RtcountDaemon, RtcountProcess, runRtcount } from "./rtcount_process.ts";
import { Tmux } from "../machine/tmux.ts";
import { withFile } from "./with_file.ts";

const missing = missingPrograms("tmux").length > 0;
const HOSTILE = [
  "<script>alert(1)</script>",
  "\x1b]0;owned\x07\x1b[2J\x1b[1;1H",
  "\u202egnp.exe",
  "zero\u200bwidth",
  "言葉言葉",
  "한국어",
  "👍🏽",
  "e\u0301te\u0301",
  "שלום",
  "x".repeat(200),
];
/** The last column of the table. */
const END_OF_ROW = /(=|new|[+-]\d[\d ]*)$/;

function topCommand(url: string): string {
  return rtcountCommand(["top", "--url", url]).map((part) => `'${part}'`).join(" ");
}

function rowsOf(screen: readonly string[]): string[] {
  return screen.filter((line) => /^ +\d+ /.test(line) && !line.includes(" records "));
}

async function withDemo(use: (url: string) => Promise<void>): Promise<void> {
  const listen = `127.0.0.1:${freePorts(1)[0]}`;
  await using demo = new RtcountProcess(["demo", "--listen", listen, "--set", "window.slide=200ms"]);
  await demo.waitFor("HTTP", () => demo.stderr.includes("listening on"));
  await use(`http://${listen}`);
}

Deno.test({
  name: "rtcount top fills 80x24 and 200x50, takes another size at once, and leaves the terminal at q",
  ignore: missing,
  async fn() {
    await withDemo(async (url) => {
      const line = `echo before; ${topCommand(url)}; echo "status $?"; stty -a | grep -ow -- '-*icanon'`;
      await using tmux = await Tmux.start(line, { columns: 80, rows: 24 });
      const isFull = (screen: readonly string[]) => {
        return screen[1] === " ready" && rowsOf(screen).filter((row) => END_OF_ROW.test(row)).length >= 17;
      };
      const small = await tmux.waitFor("17 words", isFull);
      assert.equal(small.length, 24);
      assert.equal(small[0], ` rtcount demo${url.padStart(79 - " rtcount demo".length)}`);
      assert.match(small[2], /^ 60 s to \d\d:\d\d:\d\d {2}[\d ]+ records {2}[\d ]+ words {2}[\d ]+ distinct/);
      assert.match(
        small[3],
        /^ in [\d ]+ of [\d ]+\/s {2}lag [\d ]+ in 3 partitions {2}watermark .* behind$/,
      );
      for (const row of rowsOf(small)) assert.equal(row.length, 79, row);
      assert.equal(small[23], " q quits");

      await tmux.resize(200, 50);
      const large = await tmux.waitFor("20 words", (screen) => {
        return screen.length === 50 && screen[49] === " q quits" && rowsOf(screen).length === 20;
      });
      for (const row of rowsOf(large)) assert.equal(row.length, 199, row);
      assert.ok(rowsOf(large)[0].includes("█".repeat(100)), "the bars have more room");

      await tmux.press("q");
      const after = await tmux.waitFor("the end", (screen) => screen.includes("icanon"));
      assert.deepEqual(after.filter((row) => row !== "" && !row.startsWith("Warning")), [
        "before",
        "status 0",
        "icanon",
      ]);
    });
  },
});

Deno.test({
  name: "rtcount top leaves the terminal at Ctrl-C, and at SIGTERM",
  ignore: missing,
  async fn() {
    const pidFile = Deno.makeTempFileSync({ prefix: "rtcount-top-" });
    await withDemo(async (url) => {
      const endings: ((tmux: Tmux) => Promise<void> | void)[] = [
        (tmux) => tmux.press("C-c"),
        () => Deno.kill(Number(Deno.readTextFileSync(pidFile)), "SIGTERM"),
      ];
      for (const end of endings) {
        const command = `sh -c "echo \\$\\$ > ${pidFile}; exec ${topCommand(url)}"`;
        const line = `${command}; echo "status $?"; stty -a | grep -ow -- '-*echo'`;
        await using tmux = await Tmux.start(line, { columns: 80, rows: 24 });
        await tmux.waitFor("a word", (screen) => rowsOf(screen).length > 0);
        await end(tmux);
        const after = await tmux.waitFor("the end", (screen) => screen.includes("echo"));
        assert.deepEqual(after.filter((row) => row !== "" && !row.startsWith("Warning")), [
          "status 0",
          "echo",
        ]);
      }
    });
    Deno.removeSync(pidFile);
  },
});

Deno.test({
  name: "rtcount top takes the terminal again when it continues after a stop",
  ignore: missing,
  async fn() {
    const pidFile = Deno.makeTempFileSync({ prefix: "rtcount-top-" });
    await withDemo(async (url) => {
      const command = `sh -c "echo \\$\\$ > ${pidFile}; exec ${topCommand(url)}"`;
      await using tmux = await Tmux.start(`${command}; echo "status $?"`, { columns: 80, rows: 24 });
      await tmux.waitFor("a word", (screen) => rowsOf(screen).length > 0);
      const pid = Number(Deno.readTextFileSync(pidFile));
      const tty = await tmux.tty();
      Deno.kill(pid, "SIGSTOP");
      // A shell takes the screen and sets its own modes.
      await new Deno.Command("stty", { args: ["-F", tty, "icanon", "echo"] }).output();
      await tmux.waitFor("the shell", (screen) => {
        // Again and again: the stop may have cut a frame, of which the terminal still draws a part.
        Deno.writeTextFileSync(tty, "\x1b[?1049l\x1b[2J\x1b[Hshell$ ");
        return screen[0] === "shell$";
      });
      Deno.kill(pid, "SIGCONT");
      const again = await tmux.waitFor("all of the screen", (screen) => screen[23] === " q quits");
      assert.match(again[0], /^ rtcount demo /);
      await tmux.press("q");
      // The rest of a cut frame may stand in between.
      await tmux.waitFor("the end", (screen) => {
        return screen[0].startsWith("shell$") && screen.some((row) => row.endsWith("status 0"));
      });
    });
    Deno.removeSync(pidFile);
  },
});

Deno.test({
  name: "rtcount top prints lines on a dumb terminal, and fills one of unknown size",
  ignore: missing,
  async fn() {
    await withDemo(async (url) => {
      await using dumb = await Tmux.start(`TERM=dumb ${topCommand(url)}`, { columns: 200, rows: 10 });
      await dumb.waitFor("lines", (screen) => screen.some((row) => /^\d{4}-.* \d+ records /.test(row)));
      await using sizeless = await Tmux.start(`stty cols 0 rows 0; ${topCommand(url)}`, {
        columns: 80,
        rows: 24,
      });
      await sizeless.waitFor("a screen", (screen) => rowsOf(screen).length > 0 && screen[23] === " q quits");
    });
  },
});

Deno.test({
  name: "rtcount top shows hostile words inert, in columns that hold",
  ignore: missing,
  async fn() {
    const path = Deno.makeTempFileSync({ prefix: "rtcount-words-" });
    Deno.writeTextFileSync(
      path,
      HOSTILE.map((word, i) => `${Array(20 - i).fill(word).join(",")}\n`).join(""),
    );
    {
      await using daemon = new RtcountDaemon({
        source: { lines: { path } },
        window: { length: "10m", slide: "200ms", time: "processing" },
        output: { console: false },
      });
      await daemon.waitFor("HTTP", async () => (await daemon.get("/healthz"))?.status === 200);
      await using tmux = await Tmux.start(topCommand(daemon.url), { columns: 80, rows: 24 });
      const screen = await tmux.waitFor("the words", (screen) => {
        const rows = rowsOf(screen);
        return rows.length === HOSTILE.length && rows.every((row) => row.endsWith("="));
      });
      const rows = rowsOf(screen);
      const words = rows.map((row) => row.slice(6).split(/ +[█▏▎▍▌▋▊▉]/)[0]);
      assert.deepEqual(words, [
        "<script>ale…#ee32d3a2",
        "\\x1b]0;owne…#0035adc3",
        "\\u202egnp.exe",
        "zero\\u200bwidth",
        "言葉言葉",
        "한국어",
        "👍🏽",
        "e\\u0301te\\u0301",
        "שלום",
        `${"x".repeat(11)}…#b3e4b6e5`,
      ]);
      const total = HOSTILE.reduce((sum, _, i) => sum + 20 - i, 0);
      rows.forEach((row, i) => {
        const share = ((20 - i) * 100 / total).toFixed(1);
        assert.match(row, new RegExp(` ${20 - i} +${share} % +=$`));
      });
      assert.equal(screen[0].startsWith(" rtcount"), true, "the title is where it was");
    }
    Deno.removeSync(path);
  },
});

/** Before Deno 2.8 an aborted request to a daemon that has come back may stay open, and `q` waits for it. */
newerRuntimeTest({
  name: "rtcount top reports that the daemon has gone, and reconnects",
  ignore: missing,
  async fn() {
    const listen = `127.0.0.1:${freePorts(1)[0]}`;
    const args = ["demo", "--listen", listen, "--set", "window.slide=200ms"];
    await using tmux = await Tmux.start(topCommand(`http://${listen}`), { columns: 100, rows: 30 });
    await tmux.waitFor("no daemon", (screen) => /^ cannot connect: .*refused/i.test(screen[1] ?? ""));
    for (let run = 0; run < 2; run++) {
      await using demo = new RtcountProcess(args);
      await tmux.waitFor("a daemon", (screen) => screen[1] === " ready" && rowsOf(screen).length > 0);
      demo.kill("SIGTERM");
      await demo.status;
      const gone = await tmux.waitFor("its end", (screen) => /^ reconnecting: /.test(screen[1] ?? ""));
      assert.ok(rowsOf(gone).length > 0, "what was last known is still there");
    }
  },
});

Deno.test("rtcount top prints one line for each window without a terminal", async () => {
  await withDemo(async (url) => {
    await using top = new RtcountProcess(["top", "--url", url]);
    const isLine = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t\d+ records\t\d+ words\t\d+ distinct(\t\S+ \d+)+$/;
    await top.waitFor(
      "three windows",
      () => top.stdout.split("\n").filter((one) => isLine.test(one)).length > 2,
    );
    top.kill("SIGTERM");
    assert.equal(await top.status, 0, top.stderr);
    assert.ok(!top.stdout.includes("\x1b"));
  });
});

Deno.test("rtcount top lets nothing of a hostile server through to a terminal", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response("event: window\ndata: \x1b]0;owned\x07\x1b[2J\n\n", {
      headers: { "content-type": "text/event-stream" },
    });
  });
  await using top = new RtcountProcess(["top", "--url", `http://127.0.0.1:${server.addr.port}`]);
  await top.waitFor("what is wrong", () => top.stderr.includes("owned"));
  assert.match(top.stderr, /^rtcount: reconnecting to http:.*\\x1b\]0;owned/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(top.stderr, /[\x00-\x09\x0b-\x1f]/);
});

Deno.test("rtcount top reads a login from a file or the environment", async () => {
  const seen = new Set<string | null>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ headers }) => {
    seen.add(headers.get("authorization"));
    return new Response("", { status: 401 });
  });
  const args = ["top", "--url", `http://127.0.0.1:${server.addr.port}`];
  await withFile("me:from a file\n", async (file) => {
    assert.equal((await runRtcount([...args, "--login-file", file])).status, 1);
  });
  assert.equal((await runRtcount(args, { env: { RTCOUNT_LOGIN: "me:from the environment" } })).status, 1);
  assert.deepEqual(
    [...seen],
    ["me:from a file", "me:from the environment"].map((login) => `Basic ${btoa(login)}`),
  );
  const wrong = await runRtcount([...args, "--login-file", "/nonexistent"]);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /^rtcount: cannot read \/nonexistent for --login-file \(NotFound: No such file/);
});

Deno.test("rtcount top ends with 1 if the login is refused, and shows no password", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 401 }),
  );
  await using top = new RtcountProcess(["top", "--url", `http://user:secret@127.0.0.1:${server.addr.port}`]);
  assert.equal(await top.status, 1);
  assert.match(
    top.stderr,
    /^rtcount: http:\/\/127\.0\.0\.1:\d+\/api\/v1\/\w+ answers 401: name a user that the daemon knows, with --login-file or RTCOUNT_LOGIN$/m,
  );
  assert.doesNotMatch(top.stderr + top.stdout, /secret/);
});
