// Commands run in this process, with an Io that holds what they would have read and keeps what they wrote.

import assert from "node:assert/strict";
import type { Io } from "../../lib/cli/io.ts";
import { main } from "../../lib/cli/main.ts";
import { assertGolden } from "../golden/golden_file.ts";
import { noTerminal } from "../fakes/no_terminal.ts";

const CONFIG = "source:\n  lines: {path: '-'}\n";

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Takes standard output instead of keeping it. */
  readonly stdout?: (text: string) => void;
  /** Is handed what a signal would call. */
  readonly onSignalListener?: (signal: () => void) => void;
  /** Likewise for the signal to reload. */
  readonly onReloadListener?: (signal: () => void) => void;
  /** Is shown standard error as it grows. */
  readonly onStderr?: (stderr: string) => void;
}

async function rtcount(args: readonly string[], world: World = {}): Promise<Outcome> {
  const { files = {}, stdin = "", env = {}, onSignalListener = () => {}, onReloadListener = () => {} } =
    world;
  let stdout = "";
  let stderr = "";
  const io: Io = {
    stdout: world.stdout ?? ((text) => stdout += text),
    stderr: (text) => {
      stderr += text;
      world.onStderr?.(stderr);
    },
    stdin: new Blob([stdin]).stream(),
    terminal: noTerminal,
    env: (name) => env[name],
    readTextFile: (path) =>
      path in files ? Promise.resolve(files[path]) : Promise.reject(new Deno.errors.NotFound("No such file")),
    fileMode: () => Promise.resolve(undefined),
    confine: () => ({ reading: [], writing: [], remaining: [] }),
    onStopSignal(listener) {
      onSignalListener(listener);
      return () => {};
    },
    onReloadSignal(listener) {
      onReloadListener(listener);
      return () => {};
    },
  };
  const status = await main(args, io);
  return { status, stdout, stderr };
}

Deno.test("main() --help prints the golden file of each command", async () => {
  const commands = [
    "",
    "run",
    "demo",
    "count",
    "top",
    "config",
    "config check",
    "config show",
    "config schema",
    "check",
    "health",
  ];
  for (const command of commands) {
    const { status, stdout, stderr } = await rtcount([
      ...command.split(" ").filter((word) => word),
      "--help",
    ]);
    assert.deepEqual([status, stderr], [0, ""]);
    const name = ["help", ...command.split(" ").filter((word) => word)].join("_");
    await assertGolden(new URL(`../golden/help/${name}.txt`, import.meta.url), stdout);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 120, line);
  }
});

Deno.test("main() --version prints the version", async () => {
  const { stdout, status } = await rtcount(["--version"]);
  assert.match(stdout, /^rtcount \d+\.\d+\.\d+\n$/);
  assert.equal(status, 0);
});

Deno.test("main() ends with 2 after wrong usage, and prints a remedy and the usage line", async () => {
  const cases: [args: string, message: string, usage: string][] = [
    ["", "no command given", "rtcount COMMAND [OPTION...] (rtcount --help says more)"],
    [
      "rnu",
      'unknown command "rnu" (did you mean "run"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "help",
      'unknown command "help" (did you mean "--help"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "help run",
      'unknown command "help" (did you mean "run --help"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "version",
      'unknown command "version" (did you mean "--version"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "-v",
      'unknown option -v (did you mean "--version"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "-c f",
      'unknown option -c (did you mean "--config"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "-c f run",
      'unknown option -c (did you mean "--config"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "run -c f",
      'unknown option -c (did you mean "--config"?)',
      "rtcount run [OPTION...] (rtcount run --help says more)",
    ],
    ["run --version", "unknown option --version", "rtcount run [OPTION...] (rtcount run --help says more)"],
    [
      "rnu --help",
      'unknown command "rnu" (did you mean "run"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "config",
      "config needs check, show or schema",
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "config chek f",
      'unknown command "config chek" (did you mean "check"?)',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "run --confg f",
      'unknown option --confg (did you mean "--config"?)',
      "rtcount run [OPTION...] (rtcount run --help says more)",
    ],
    ["run -x", "unknown option -x", "rtcount run [OPTION...] (rtcount run --help says more)"],
    [
      "demo --config f",
      "unknown option --config",
      "rtcount demo [OPTION...] (rtcount demo --help says more)",
    ],
    ["run --config", "--config needs FILE", "rtcount run [OPTION...] (rtcount run --help says more)"],
    ["run --config --set", "--config needs FILE", "rtcount run [OPTION...] (rtcount run --help says more)"],
    [
      "run --config a --config b",
      "--config is given twice",
      "rtcount run [OPTION...] (rtcount run --help says more)",
    ],
    ["run f", '"f" is one argument too many', "rtcount run [OPTION...] (rtcount run --help says more)"],
    [
      "top http://user:secret@host:8000",
      '"http://…@host:8000" is one argument too many',
      "rtcount top [OPTION...] (rtcount top --help says more)",
    ],
    [
      "https://user:p@ss:word@host/",
      'unknown command "https://…@host/"',
      "rtcount COMMAND [OPTION...] (rtcount --help says more)",
    ],
    [
      "demo --listen user:secret@host",
      '--listen is "…@host", wanted HOST:PORT such as 127.0.0.1:8000',
      "rtcount demo [OPTION...] (rtcount demo --help says more)",
    ],
    [
      "config check",
      "config check needs FILE",
      "rtcount config check [OPTION...] FILE (rtcount config check --help says more)",
    ],
    [
      "count --format kcta",
      '--format is "kcta", wanted lines or kcat (did you mean "kcat"?)',
      "rtcount count [OPTION...] [FILE...] (rtcount count --help says more)",
    ],
    [
      "run --log-level inf",
      '--log-level is "inf", wanted debug or info or warn or error (did you mean "info"?)',
      "rtcount run [OPTION...] (rtcount run --help says more)",
    ],
    [
      "demo --listen 8000",
      '--listen is "8000", wanted HOST:PORT such as 127.0.0.1:8000',
      "rtcount demo [OPTION...] (rtcount demo --help says more)",
    ],
    [
      "demo --duration 5",
      '--duration is "5", wanted DURATION such as 30s',
      "rtcount demo [OPTION...] (rtcount demo --help says more)",
    ],
    [
      "check --json=yes",
      "--json takes no value",
      "rtcount check [OPTION...] (rtcount check --help says more)",
    ],
    [
      "check --grafana ftp://user:secret@host",
      "--grafana is wrong, wanted URL such as http://127.0.0.1:3000",
      "rtcount check [OPTION...] (rtcount check --help says more)",
    ],
  ];
  for (const [args, message, usage] of cases) {
    const outcome = await rtcount(args.split(" ").filter((arg) => arg !== ""));
    assert.deepEqual(
      outcome,
      { status: 2, stdout: "", stderr: `rtcount: ${message}\nusage: ${usage}\n` },
      args,
    );
  }
});

Deno.test("main() treats the names of Object.prototype as unknown commands and options", async () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    for (
      const args of [[name], ["config", name], ["run", `--${name}`], ["run", `--${name}=x`], [
        `--${name}`,
        "run",
      ]]
    ) {
      const { status, stderr } = await rtcount(args);
      assert.equal(status, 2, args.join(" "));
      assert.match(stderr, /^rtcount: unknown (?:command|option) /, args.join(" "));
    }
  }
});

Deno.test("main() config check prints ok, or every problem and ends with 78", async () => {
  const files = { "good.yaml": CONFIG, "bad.yaml": `${CONFIG}tpo: 5\ntop: 0\n` };
  assert.deepEqual(await rtcount(["config", "check", "good.yaml"], { files }), {
    status: 0,
    stdout: "good.yaml: ok\n",
    stderr: "",
  });
  assert.deepEqual(
    await rtcount(["config", "check", "f"], { files: { f: `${CONFIG}words: {separator: }` } }),
    {
      status: 0,
      stdout: "f: ok\n",
      stderr: 'f:3:9: words.separator: has no value, so it is ",", wanted a value or no such key\n',
    },
  );
  assert.deepEqual(await rtcount(["config", "check", "bad.yaml"], { files }), {
    status: 78,
    stdout: "",
    stderr: 'bad.yaml:3:1: tpo: unknown key (did you mean "top"?)\n' +
      "bad.yaml:4:6: top: is 0, wanted a whole number from 1 to 1000\n",
  });
  assert.deepEqual(await rtcount(["config", "check", "none.yaml"], { files }), {
    status: 78,
    stdout: "",
    stderr: "none.yaml: cannot be read: No such file\n",
  });
});

Deno.test("main() check continues with the valid sections of a configuration", async () => {
  const sources = ["source: {kafka: {brokers: ['127.0.0.1:1'], topics: [t]}}\n", "source: {kafka: {}}\n"];
  const args = [
    "check",
    "--config",
    "f",
    "--url",
    "http://127.0.0.1:1",
    "--prometheus",
    "http://127.0.0.1:1",
  ];
  const links = await Promise.all(sources.map(async (source) => {
    const f = `${source}rate.max: 3\nwords: {stop_words_file: gone}\n`;
    const { status, stdout } = await rtcount([...args, "--json"], { files: { f } });
    assert.equal(status, 78);
    const findings: { check: string; status: string }[] = JSON.parse(stdout);
    return findings.map(({ check, status }) => `${status} ${check}`);
  }));
  const others = ["FAIL daemon", "FAIL prometheus", "warn grafana"];
  assert.deepEqual(links, [
    ["FAIL config", "FAIL config", "FAIL broker", ...others],
    ["FAIL config", "FAIL config", "FAIL config", "warn broker", ...others],
  ]);
});

Deno.test("main() health reads no configuration with --url alone, and no file that the configuration names", async () => {
  const url = "http://127.0.0.1:1";
  const refused = { status: 1, stdout: `${url}: connection refused\n`, stderr: "" };
  assert.deepEqual(await rtcount(["health", "--url", url]), refused);
  const f = `${CONFIG}words: {stop_words_file: gone}\nhttp: {listen: 127.0.0.1:1}\n`;
  assert.deepEqual(await rtcount(["health", "--config", "f"], { files: { f } }), refused);
  assert.equal((await rtcount(["health", "--config", "f", "--set", "top=0"], { files: { f } })).status, 78);
  const any = await rtcount(["health", "--config", "f", "--set", "http.listen=127.0.0.1:0"], {
    files: { f },
  });
  assert.deepEqual([any.status, any.stdout], [2, ""]);
  assert.match(any.stderr, /takes any free port: name the daemon's address with --url$/m);
  const none = await rtcount(["health"]);
  assert.deepEqual([none.status, none.stderr], [
    78,
    "/etc/rtcount/rtcount.yaml: cannot be read: No such file\n",
  ]);
});

Deno.test("main() config show merges the file, the environment and the options", async () => {
  const files = { "/etc/rtcount/rtcount.yaml": `${CONFIG}name: \${JOB}\n` };
  const args = [
    "--log-level",
    "warn",
    "config",
    "show",
    "--set",
    "top=5",
    "--set=log.level=debug",
    "--log-format=json",
  ];
  const { status, stdout } = await rtcount(args, { files, env: { JOB: "job" } });
  assert.equal(status, 0);
  assert.match(stdout, /^name: job$/m);
  assert.match(stdout, /^top: 5$/m);
  assert.match(stdout, /^log:\n {2}level: warn\n {2}format: json$/m);
});

Deno.test("main() config schema prints JSON", async () => {
  const { status, stdout } = await rtcount(["config", "schema"]);
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).type, "object");
});

Deno.test("main() run ends with 78 for a wrong configuration, before it starts anything", async () => {
  const { status, stderr } = await rtcount(["run", "--config", "f"], {
    files: { f: "source: {kafka: {}}\n" },
  });
  assert.equal(status, 78);
  assert.deepEqual(stderr.match(/source\.kafka\.\w+/g), ["source.kafka.brokers", "source.kafka.topics"]);
});

Deno.test("main() count runs with and without a configuration", async () => {
  const stdin = "a,b,a\nB";
  assert.deepEqual(await rtcount(["count"], { stdin }), {
    status: 0,
    stdout: "('a', 2)\n('B', 1)\n('b', 1)\n",
    stderr: "",
  });
  const files = { f: "words: {lowercase: true}\n" };
  const json = await rtcount(["count", "--config", "f", "--set", "top=1", "--output", "json", "-"], {
    stdin,
    files,
  });
  assert.equal(
    json.stdout,
    '{"window_start":null,"window_end":null,"records":2,"words":4,"distinct":2,"error":0,"top":[["a",2]]}\n',
  );
});

Deno.test("main() count names an unreadable file and ends with 1", async () => {
  const { status, stdout, stderr } = await rtcount(["count", "/does/not/exist"]);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^rtcount: .*"?\/does\/not\/exist"?.*\n$/);
});

Deno.test("main() ends without a message when its output is closed", async () => {
  const stdout = () => {
    throw new Deno.errors.BrokenPipe("Broken pipe");
  };
  assert.deepEqual(await rtcount(["count"], { stdin: "a", stdout }), { status: 0, stdout: "", stderr: "" });
});

Deno.test("main() demo serves metrics, logs the address, and ends with 0 at a signal", async () => {
  const listening = Promise.withResolvers<() => void>();
  const args = ["demo", "--listen", "127.0.0.1:0", "--set", "output.console=false"];
  const outcome = rtcount(args, { onSignalListener: listening.resolve });
  (await listening.promise)();
  const { status, stdout, stderr } = await outcome;
  assert.deepEqual([status, stdout], [0, ""]);
  assert.match(stderr, /metrics at http:\/\/127\.0\.0\.1:\d+\/metrics/);
});

Deno.test("main() demo ends by itself after --duration", async () => {
  const { status } = await rtcount(["demo", "--listen", "127.0.0.1:0", "--duration", "1ms"]);
  assert.equal(status, 0);
});

Deno.test("main() run applies live keys at a reload, and names keys that need a restart", async () => {
  const files: Record<string, string> = { "f.yaml": `${CONFIG}http: {listen: "127.0.0.1:0"}\ntop: 7\n` };
  let stop = () => {};
  let reload = () => {};
  let seen = "";
  const waiting: { text: string; resolve: () => void }[] = [];
  const logged = (text: string) => new Promise<void>((resolve) => waiting.push({ text, resolve }));
  const listening = logged("top words at");
  const ended = rtcount(["run", "--config", "f.yaml"], {
    files,
    onSignalListener: (signal) => stop = signal,
    onReloadListener: (signal) => reload = signal,
    onStderr(stderr) {
      const fresh = stderr.slice(seen.length);
      seen = stderr;
      for (const { text, resolve } of waiting) if (fresh.includes(text)) resolve();
    },
  });
  await listening;
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(seen)![0];
  const inForce = async () => {
    const { config } = await (await fetch(`${url}/api/v1/status`)).json();
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return [
      config.top,
      config.window.slide,
      /^rtcount_config_last_reload_successful (\d)$/m.exec(metrics)?.[1],
    ];
  };
  assert.deepEqual(await inForce(), [7, "2s", "1"]);

  const steps: [text: string, message: string, inForce: unknown[]][] = [
    ["top: 9", "the configuration was reloaded", [9, "2s", "1"]],
    ["top: 0", "top: is 0", [9, "2s", "0"]],
    ["top: 8\nwindow: {slide: 1s}", "these keys change only with a restart keys=window.slide", [
      8,
      "2s",
      "0",
    ]],
    ["top: 8", "the configuration was reloaded", [8, "2s", "1"]],
  ];
  for (const [text, message, expected] of steps) {
    files["f.yaml"] = `${CONFIG}http: {listen: "127.0.0.1:0"}\n${text}\n`;
    const done = logged(message);
    reload();
    await done;
    assert.deepEqual(await inForce(), expected, text);
  }
  stop();
  assert.equal((await ended).status, 0);
});

Deno.test("main() top refuses an invalid address without printing it", async () => {
  for (const url of ["ftp://u:secret@h", "u:secret@h:8000", "http://u:secret@h:x", ""]) {
    const { status, stdout, stderr } = await rtcount(["top", "--url", url]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^rtcount: --url .*wanted .*http:\/\/127\.0\.0\.1:8000/);
    assert.doesNotMatch(stderr, /secret/);
  }
});
