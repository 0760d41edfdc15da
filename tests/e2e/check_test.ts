// The checker on a whole chain: a real Kafka, a running daemon, Debian's Prometheus, and a fake Grafana. Then one link
// after the other breaks, and the checker has to name the cause.

import assert from "node:assert/strict";
import type { Finding } from "../../lib/check/finding.ts";
import { ADMIN_TOKEN, FakeGrafana } from "../fakes/fake_grafana.ts";
import { freePorts } from "../machine/free_ports.ts";
import { withAdmin } from "../machine/kafka/admin.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { TcpProxy } from "../machine/proxy.ts";
import { FORBIDDEN, PASSWORD, startSecuredKafka, USER } from "../machine/kafka/secured_kafka.ts";
import { missingPrograms } from "../machine/machine.ts";
import { PrometheusServer } from "../machine/prometheus_server.ts";
import { readText } from "../monitoring/shipped_files.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { getPage } from "./page.ts";
import { rtcountCommand, RtcountDaemon, runRtcount } from "./rtcount_process.ts";
import { SteadyStream } from "./steady_stream.ts";
import { withFile } from "./with_file.ts";

const TOPIC = "raw-events";
const WINDOW = { length: "6s", slide: "1s", lateness: "0", idle: "1s" };
const ATTEMPTS = 5;

/** A `prometheus.yml` that scrapes this one target, given as YAML. */
function prometheusConfig(target: string): string {
  return [
    "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}",
    "rule_files: [rules/*.yml]",
    "scrape_configs:",
    `  - ${target}`,
    "",
  ].join("\n");
}

async function waitForSeries(prometheus: PrometheusServer, query: string): Promise<void> {
  await prometheus.waitFor(query, async () => (await prometheus.query(query)).length > 0);
}

interface Checked {
  readonly status: number;
  readonly findings: readonly Finding[];
  /** `STATUS LINK: MESSAGE` of each finding that is not ok. */
  readonly faults: readonly string[];
}

async function check(...args: readonly string[]): Promise<Checked> {
  const { status, stdout, stderr } = await runRtcount(["check", "--json", ...args]);
  // The runtime says so of itself when it looks up a name.
  assert.equal(stderr.replace(/^\(node:\d+\) \[DEP0040\].*\n/gm, ""), "");
  const findings: Finding[] = JSON.parse(stdout);
  const faults = findings.filter(({ status }) => status !== "ok").map(({ check, status, message }) =>
    `${status} ${check}: ${message}`
  );
  return { status, findings, faults };
}

/** Checks again if it is not right yet: on a busy machine a link may be late for a moment. Returns the last one. */
async function checkUntil<T>(isRight: (checked: T) => boolean, makeCheck: () => Promise<T>): Promise<T> {
  let checked = await makeCheck();
  for (let attempt = 1; attempt < ATTEMPTS && !isRight(checked); attempt++) checked = await makeCheck();
  return checked;
}

/** Asserts that these links fail and no other, each with a remedy. */
async function assertFails(
  makeCheck: () => Promise<Checked>,
  expected: Readonly<Record<string, RegExp>>,
): Promise<Checked> {
  const failuresOf = ({ findings }: Checked) => findings.filter(({ status }) => status === "FAIL");
  const linksOf = (checked: Checked) => [...new Set(failuresOf(checked).map(({ check }) => check))];
  const isRight = (checked: Checked) =>
    linksOf(checked).join() === Object.keys(expected).join() &&
    failuresOf(checked).every(({ check, message }) => expected[check].test(message));
  const checked = await checkUntil(isRight, makeCheck);
  assert.equal(checked.status, 1);
  assert.deepEqual(linksOf(checked), Object.keys(expected), checked.faults.join("\n"));
  for (const { check, message, remedy } of failuresOf(checked)) {
    assert.match(message, expected[check]);
    assert.ok(remedy, message);
  }
  return checked;
}

Deno.test({
  name: "rtcount check finds the whole chain ok, and the cause of each fault in it",
  ignore: await missingForKafka() !== undefined || missingPrograms("prometheus").length > 0,
  async fn(t) {
    let lost = "";
    await using kafka = await startKafka({
      // A client at the second listener gets an address that does not exist.
      advertise(address) {
        lost = address;
        return "nowhere.invalid:9092";
      },
    });
    await kafka.createTopic(TOPIC, { partitions: 3 });
    const { bootstrap, controllers: [controller] } = kafka;
    const [, kafkaPort] = bootstrap.split(":");
    const group = "counters";
    const source = {
      kafka: { brokers: [bootstrap], topics: [TOPIC], group, start: "earliest", session_timeout: "6s" },
    };
    const [port] = freePorts(1);
    const daemonUrl = `http://127.0.0.1:${port}`;
    const settings = { name: "counters", source, window: WINDOW, http: { listen: `127.0.0.1:${port}` } };
    const configFile = await Deno.makeTempFile({ prefix: "rtcount-", suffix: ".yaml" });
    await Deno.writeTextFile(configFile, JSON.stringify(settings));
    const tokenFile = await Deno.makeTempFile({ prefix: "rtcount-" });
    await Deno.writeTextFile(tokenFile, `${ADMIN_TOKEN}\n`);
    const [nodePort] = freePorts(1);
    await using prometheus = await PrometheusServer.start({ rtcount: [port], nodeExporter: nodePort });
    const dataSource = { uid: "rtcount-prometheus", name: "p", type: "prometheus", url: prometheus.url };
    const dashboard = { uid: "rtcount", title: "rtcount", tags: ["rtcount"] };
    await using grafana = new FakeGrafana({ dataSources: [dataSource], dashboards: [dashboard] });
    const config = ["--config", configFile];
    const chain = [
      ...config,
      "--prometheus",
      prometheus.url,
      "--grafana",
      grafana.url,
      "--grafana-token-file",
      tokenFile,
    ];
    const stream = new SteadyStream({ bootstrap, topic: TOPIC, partition: 0 });
    const daemon = new RtcountDaemon(settings);
    try {
      await daemon.waitFor("200 at /readyz", async () => {
        return (await getPage(`${daemonUrl}/readyz`))?.status === 200;
      });
      await waitForSeries(prometheus, "rtcount_windows_closed_total > 1");

      await t.step("all is ok", async () => {
        const { status, stdout, stderr } = await checkUntil(
          ({ stdout }) => stdout.includes(" ok, 0 warn, 0 FAIL"),
          () => runRtcount(["check", ...chain]),
        );
        assert.equal(status, 0, stdout + stderr);
        const links = stdout.split("\n").slice(0, -2).map((line) => line.split(/ +/).slice(0, 2).join(" "));
        assert.deepEqual(links, [
          "ok config",
          "ok broker",
          "ok topic",
          "ok retention",
          "ok group",
          "ok offsets",
          "ok daemon",
          "ok ready",
          "ok windows",
          "ok prometheus",
          "ok target",
          "ok series",
          "ok rules",
          "ok alerts",
          "ok grafana",
          "ok datasource",
          "ok dashboard",
        ]);
        assert.match(stdout, /^17 ok, 0 warn, 0 FAIL$/m);
        assert.match(stdout, /^ok {4}datasource {2}"p" reaches Prometheus at .*, which scrapes "counters"$/m);
        assert.ok(!stdout.includes("\x1b"));
      });

      await t.step("without an address Grafana is not checked", async () => {
        const { status, faults } = await checkUntil(({ status }) => status === 0, () => check(...config));
        assert.equal(status, 0);
        assert.match(faults.at(-1) ?? "", /^warn grafana: not checked/);
      });

      await t.step("the configuration is wrong", async () => {
        await withFile("source: {kafka: {brokers: [x], topics: [t]}}\ntpo: 3\n", async (file) => {
          const { status, faults } = await check("--config", file, "--url", daemonUrl);
          assert.equal(status, 78);
          assert.equal(
            faults[0],
            `FAIL config: ${file}:1:28: source.kafka.brokers.0: is "x", wanted HOST:PORT, such as 127.0.0.1:9092`,
          );
          assert.equal(faults[1], `FAIL config: ${file}:2:1: tpo: unknown key (did you mean "top"?)`);
          assert.match(faults[2], /^warn broker: Kafka is not checked: the configuration is too broken/);
        });
        assert.equal((await check("--config", "/nonexistent.yaml", "--url", daemonUrl)).status, 78);
        const typo = JSON.stringify({ ...settings, tpo: 3, window: { slide: "7s" } });
        await withFile(typo, async (file) => {
          const { status, findings } = await check("--config", file);
          assert.equal(status, 78);
          const links = findings.map(({ check, status }) => `${status} ${check}`);
          assert.deepEqual(links.slice(0, 4), ["FAIL config", "FAIL config", "ok broker", "ok topic"]);
        });
      });

      await t.step("what is at the broker's address is something else", async (t) => {
        using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const [free] = freePorts(1);
        const rows: [what: string, address: string, RegExp][] = [
          ["a controller's port", controller, /is the port of a KRaft controller/],
          [
            "::1, the broker being on IPv4 alone",
            `[::1]:${kafkaPort}`,
            new RegExp(
              `nothing listens at \\[::1\\]:.* a Kafka broker answers at 127\\.0\\.0\\.1:${kafkaPort}`,
            ),
          ],
          ["an HTTP server", `127.0.0.1:${port}`, /is an HTTP server/],
          [
            "a port that sends nothing",
            `127.0.0.1:${silent.addr.port}`,
            /accepts connections but sends nothing/,
          ],
          ["an unknown name", "nowhere.invalid:9092", /host name of nowhere\.invalid:9092 has no address/],
          ["nothing", `127.0.0.1:${free}`, /nothing listens at .*: connection refused/],
        ];
        for (const [what, address, message] of rows) {
          await t.step(what, async () => {
            await assertFails(() => check(...config, "--set", `source.kafka.brokers=['${address}']`), {
              broker: message,
            });
          });
        }
      });

      await t.step("the cluster advertises an address that cannot be reached", async () => {
        await assertFails(() => check(...config, "--set", `source.kafka.brokers=['${lost}']`), {
          broker: /^node 1 advertises nowhere\.invalid:9092: the host name .* has no address/,
          group: /nowhere\.invalid:9092/,
          offsets: /nowhere\.invalid:9092/,
        });
      });

      await t.step("topics are missing, and none was made by asking", async () => {
        await assertFails(() => check(...config, "--set", `source.kafka.topics=[nothing, ${TOPIC}]`), {
          topic: /^topic "nothing" does not exist$/,
        });
        await assertFails(() => check(...config, "--set", "source.kafka.topics=[/none-.*/]"), {
          topic: /no topic matches/,
        });
        const topics = await withAdmin(bootstrap, (admin) => admin.listTopics());
        assert.deepEqual(topics.sort(), ["__consumer_offsets", TOPIC]);
      });

      await t.step("the daemon reads for another group", async () => {
        await assertFails(() => check(...config, "--set", "source.kafka.group=others"), {
          applied: /reads for the group "counters", but the configuration says "others"/,
        });
        const groups = await withAdmin(bootstrap, (admin) => admin.listGroups());
        assert.deepEqual(groups.groups.map(({ groupId }) => groupId), [group]);
      });

      await t.step("Prometheus neither scrapes the daemon nor has the rules", async () => {
        const other = `{job_name: other, static_configs: [{targets: ['127.0.0.1:${nodePort}']}]}`;
        await using prometheus = await PrometheusServer.startWith({
          "prometheus.yml": prometheusConfig(other),
        });
        await waitForSeries(prometheus, "up");
        await assertFails(() => check(...config, "--prometheus", prometheus.url), {
          target: new RegExp(`no target of Prometheus is at 127\\.0\\.0\\.1:${port}: it scrapes other at `),
          rules: /not loaded: no group rtcount\.recording, no group rtcount\.alerts/,
        });
      });

      await t.step("Prometheus holds stale series", async () => {
        const page = await getPage(`${daemonUrl}/metrics`);
        for (const [copy, message] of copies(page?.text ?? "")) {
          await using server = Deno.serve(
            { hostname: "127.0.0.1", port: 0, onListen() {} },
            () => new Response(copy, { headers: { "content-type": "text/plain; version=0.0.4" } }),
          );
          const target = `{job_name: copy, static_configs: [{targets: ['127.0.0.1:${server.addr.port}']}]}`;
          await using other = await PrometheusServer.startWith({
            "prometheus.yml": prometheusConfig(target),
            "rules/rtcount.yml": await readText("rules/rtcount.yml"),
          });
          await waitForSeries(other, 'last_over_time(rtcount_windows_closed_total{job="copy"}[1h])');
          await assertFails(() => check(...config, "--prometheus", other.url), { series: message });
        }
      });

      await t.step("no Prometheus, no Grafana, no token", async () => {
        const [free] = freePorts(1);
        const nowhere = `http://127.0.0.1:${free}`;
        await assertFails(() => check(...config, "--prometheus", nowhere, "--grafana", nowhere), {
          prometheus: /does not answer at .*: connection refused/,
          grafana: /does not answer at .*: connection refused/,
        });
        const wrongToken = ["--grafana", grafana.url, "--grafana-token-file"];
        await assertFails(() => check(...config, ...wrongToken, configFile), {
          grafana: /refuses the token \(401\)/,
        });
        await assertFails(() => check(...config, ...wrongToken, "/nonexistent"), {
          grafana: /\/nonexistent, cannot be/,
        });
      });

      await t.step("the data source is a Prometheus that does not scrape the daemon", async () => {
        const other = `{job_name: other, static_configs: [{targets: ['127.0.0.1:${nodePort}']}]}`;
        await using elsewhere = await PrometheusServer.startWith({
          "prometheus.yml": prometheusConfig(other),
        });
        await waitForSeries(elsewhere, "up");
        const dataSources = [{ ...dataSource, url: elsewhere.url }];
        await using grafana = new FakeGrafana({ dataSources, dashboards: [dashboard] });
        const links = [
          "--prometheus",
          prometheus.url,
          "--grafana",
          grafana.url,
          "--grafana-token-file",
          tokenFile,
        ];
        await assertFails(() => check(...config, ...links), {
          datasource: /has no series of the daemon "counters"$/,
        });
      });

      await t.step("the dashboard is missing", async () => {
        await using empty = new FakeGrafana({ dataSources: [dataSource] });
        await assertFails(
          () => check(...config, "--grafana", empty.url, "--grafana-token-file", tokenFile),
          { dashboard: /no dashboard with the uid rtcount/ },
        );
      });

      await t.step("the daemon is stalled", async () => {
        daemon.kill("SIGSTOP");
        try {
          await waitForSeries(prometheus, 'up{job="rtcount"} == 0');
          await assertFails(() => check(...chain), {
            daemon: /hangs \(stalled, or stopped by a signal\): no answer within 3 s/,
            target: /is down: .*deadline exceeded/,
            series: /no new samples come|stale/,
          });
        } finally {
          daemon.kill("SIGCONT");
        }
      });

      await t.step("the daemon is stopped", async () => {
        daemon.kill("SIGTERM");
        assert.equal(await daemon.status, 0);
        await waitForSeries(prometheus, 'up{job="rtcount"} == 0');
        const checked = await assertFails(() => check(...chain), {
          daemon: /is not running, .*: connection refused/,
          target: /is down: .*connection refused/,
          series: /no new samples come|stale/,
        });
        assert.ok(checked.faults.some((fault) => /^warn group: .* no member \(Empty\)/.test(fault)));
      });

      await t.step("records are lost to retention", async () => {
        await stream[Symbol.asyncDispose]();
        await withAdmin(bootstrap, async (admin) => {
          const [{ high }] = (await admin.fetchTopicOffsets(TOPIC)).filter(({ partition }) =>
            partition === 0
          );
          await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition: 0, offset: high }] });
        });
        await assertFails(() => check(...config), {
          offsets: new RegExp(`\\d+ records were deleted by retention .*: ${TOPIC}/0 is committed at`),
          daemon: /is not running/,
        });
      });

      await t.step("the broker is down", async () => {
        await kafka.kill(0);
        await assertFails(() => check(...config), {
          broker: /nothing listens at 127\.0\.0\.1:\d+: connection refused/,
          daemon: /is not running/,
        });
      });
    } finally {
      await stream[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
      await Deno.remove(configFile);
      await Deno.remove(tokenFile);
    }
  },
});

/** Pages that a cache could serve instead of the daemon: an hour old, or with the times of their samples. */
function copies(page: string): [page: string, message: RegExp][] {
  const endLine = /^(rtcount_window_end_timestamp_seconds) (\S+)$/m;
  const hourAgo = page.replace(endLine, (_, name, seconds) => `${name} ${Number(seconds) - 3_600}`);
  const atMs = Date.now() - 120_000;
  const dated = page.split("\n").map((line) => /^[^#]/.test(line) ? `${line} ${atMs}` : line).join("\n");
  return [
    [hourAgo, /stale: the newest window in Prometheus ends at/],
    [dated, /stale: the newest sample is .* old, one is due every 1 s/],
  ];
}

/** Before Deno 2.8 a TLS connection to a broker gets no answer. */
newerRuntimeTest({
  name: "rtcount check names faults of TLS and logins, and shows no secret",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    await using kafka = await startSecuredKafka();
    const [free] = freePorts(1);
    const [right, wrong] = await Promise.all([PASSWORD, "not-the-password"].map(async (text) => {
      const file = await Deno.makeTempFile({ prefix: "rtcount-" });
      await Deno.writeTextFile(file, text);
      return file;
    }));
    const tls = { enabled: true, ca_file: kafka.authority.file };
    const logIn = (mechanism: string, password_file = right) => ({
      mechanism,
      username: USER,
      password_file,
    });
    const checkAt = async (listener: string, security: object, topic = "words", output = {}) => {
      const source = { kafka: { brokers: [kafka.address(listener)], topics: [topic], ...security } };
      const text = JSON.stringify({ source, output, http: { listen: `127.0.0.1:${free}` } });
      return await withFile(text, (file) => check("--config", file));
    };
    await kafka.cluster.createTopic("words");
    const rows: [what: string, listener: string, security: object, RegExp][] = [
      ["plain, to a TLS port", "TLS", {}, /the port expects TLS/],
      ["TLS, to a plain port", "PLAIN_TEXT", { tls }, /the port does not support TLS/],
      ["no login", "SASL_PLAIN_TEXT", {}, /the broker requires a login/],
      [
        "a wrong password",
        "SASL_TLS",
        { tls, sasl: logIn("scram-sha-256", wrong) },
        /rejects the user "alice"/,
      ],
      [
        "a mechanism not offered",
        "PLAIN_ONLY",
        { sasl: logIn("scram-sha-512") },
        /does not offer SASL SCRAM-SHA-512/,
      ],
      ["an unknown authority", "UNKNOWN", { tls }, /an unknown authority/],
      ["a certificate that has run out", "EXPIRED", { tls }, /expired at 2021/],
      ["a certificate for another name", "WRONG_NAME", { tls }, /not for 127\.0\.0\.1/],
      ["no certificate of ours", "MTLS", { tls }, /requires a client certificate/],
    ];
    for (const [what, listener, security, broker] of rows) {
      await t.step(what, async () => {
        const checked = await assertFails(() => checkAt(listener, security), {
          broker,
          daemon: /is not running/,
        });
        assert.doesNotMatch(JSON.stringify(checked), new RegExp(`${PASSWORD}|not-the-password`));
      });
    }
    await t.step("nothing, but for a topic that may not be read", async () => {
      const security = { tls, sasl: logIn("scram-sha-512") };
      const { findings } = await checkAt("SASL_TLS", security);
      const ofKafka = findings.slice(0, 3).map(({ check, status }) => `${status} ${check}`);
      assert.deepEqual(ofKafka, ["ok config", "ok broker", "ok topic"]);
      await assertFails(() => checkAt("SASL_TLS", security, FORBIDDEN), {
        topic: /topic "forbidden" cannot be read: Not authorized to access topics/,
        daemon: /is not running/,
      });
    });
    await t.step("a topic of windows that is not there, beside one of dead letters that is", async () => {
      await kafka.cluster.createTopic("letters");
      const output = { kafka: { topic: "windows" }, dead_letters: { topic: "letters" } };
      const checked = await assertFails(() => checkAt("PLAIN_TEXT", {}, "words", output), {
        output: /cannot write to topic "windows": This server does not host this topic-partition/,
        daemon: /is not running/,
      });
      const ofOutput = checked.findings.filter(({ check }) => check === "output");
      assert.deepEqual(ofOutput.map(({ status }) => status), ["FAIL", "ok"]);
    });
    await Promise.all([right, wrong].map((file) => Deno.remove(file)));
  },
});

Deno.test("rtcount check does not check Kafka for another source", async () => {
  await using daemon = new RtcountDaemon({
    source: { synthetic: { tasks: [{ name: "task-1", rate: 300 }] } },
    window: WINDOW,
  });
  await daemon.metricAtLeast("rtcount_windows_closed_total", 1);
  const { status, findings } = await checkUntil(
    ({ status }) => status === 0,
    () => check("--config", daemon.configFile),
  );
  assert.equal(status, 0);
  assert.deepEqual(findings.filter(({ status }) => status === "ok").map(({ check }) => check), [
    "config",
    "daemon",
    "ready",
    "windows",
  ]);
});

/** A daemon that needs no Kafka. */
const MEMBER = {
  name: "member",
  source: { synthetic: { tasks: [{ name: "task-1", rate: 300 }] } },
  window: WINDOW,
  output: { console: false },
};

newerRuntimeTest({
  name: "rtcount check finds a daemon that listens on IPv6",
  async fn() {
    const [port] = freePorts(1);
    await using daemon = new RtcountDaemon({ ...MEMBER, http: { listen: `[::1]:${port}` } });
    await daemon.waitFor("a listener", () => daemon.stderr.includes("listening on"));
    const { findings: [, { status, check: link, message }] } = await checkUntil(
      ({ findings: [, { status }] }) => status === "ok",
      () => check("--config", daemon.configFile),
    );
    assert.match(`${status} ${link}: ${message}`, /^ok daemon: "member" at http:\/\/\[::1\]:\d+, /);
  },
});

Deno.test({
  name:
    "rtcount check tells a daemon from another of its name, where Prometheus knows both by other addresses",
  ignore: missingPrograms("prometheus").length > 0,
  async fn() {
    await using first = new RtcountDaemon(MEMBER);
    await first.metricAtLeast("rtcount_windows_closed_total", 1);
    // The checker tells start times apart that differ by more than a second.
    await first.waitFor("two seconds", async () => {
      const page = JSON.parse((await first.get("/api/v1/status"))?.text ?? "{}");
      return page.uptime_seconds > 2;
    });
    await using second = new RtcountDaemon(MEMBER);
    await second.metricAtLeast("rtcount_windows_closed_total", 1);
    const members = [first, second];
    const targets = members.map(({ url }) => new URL(url).host);
    await using prometheus = await PrometheusServer.startWith({
      "prometheus.yml": prometheusConfig(`{job_name: rtcount, static_configs: [{targets: [${targets}]}]}`),
      "rules/rtcount.yml": await readText("rules/rtcount.yml"),
    });
    await waitForSeries(prometheus, "count(rtcount_windows_closed_total) == 2");
    for (const { url, configFile } of members) {
      const { host } = new URL(url);
      await using proxy = await TcpProxy.start(0, host);
      const args = [
        "--config",
        configFile,
        "--url",
        `http://${proxy.address}`,
        "--prometheus",
        prometheus.url,
      ];
      const saidIn = ({ findings }: Checked) =>
        findings.filter(({ check }) => check === "target" || check === "series");
      const checked = await checkUntil(
        (checked) => saidIn(checked).every(({ status }) => status === "ok"),
        () => check(...args),
      );
      const { faults } = checked;
      const said = saidIn(checked);
      assert.deepEqual(said.map(({ status }) => status), ["ok", "ok"], faults.join("\n"));
      assert.ok(said[0].message.includes(host), said[0].message);
    }
  },
});

Deno.test("rtcount check reads a login from a file or the environment, in place of the command line", async () => {
  const daemon = (request: Request) => {
    const isIn = request.headers.get("authorization") === `Basic ${btoa("me:secret")}`;
    return isIn ? new Response("no rtcount", { status: 404 }) : new Response("", { status: 401 });
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, daemon);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const args = ["check", "--json", "--config", "/nonexistent", "--url", url, "--prometheus", url];
  const linksOf = async (options: readonly string[], env: Record<string, string> = {}) => {
    const { stdout } = await runRtcount([...args, ...options], { env });
    const findings: Finding[] = JSON.parse(stdout);
    assert.ok(!stdout.includes("secret"));
    return findings.filter(({ check }) => /daemon|prometheus/.test(check)).map(({ message }) => message);
  };
  const refused = [`${url} requires a login (401)`, `Prometheus at ${url} requires a login (401)`];
  const accepted = [
    `the server at ${url} is not rtcount: status 404 at /api/v1/status`,
    `the server at ${url} is not Prometheus: status 404 at /api/v1/status/buildinfo`,
  ];
  assert.deepEqual(await linksOf([]), refused);
  const env = { RTCOUNT_LOGIN: "me:secret", RTCOUNT_PROMETHEUS_LOGIN: "me:secret" };
  assert.deepEqual(await linksOf([], env), accepted);
  await withFile("me:secret\n", async (file) => {
    assert.deepEqual(await linksOf(["--login-file", file, "--prometheus-login-file", file]), accepted);
  });
});

Deno.test("rtcount check keeps its exit status when the reader of its output goes away", async () => {
  for (const format of [[], ["--json"]]) {
    const command = rtcountCommand(["check", "--config", "/nonexistent/rtcount.yaml", ...format]);
    const words = command.map((word) => `'${word}'`).join(" ");
    // "true" reads nothing, so each write may fail; grep goes with the first line.
    for (const reader of ["grep -q FAIL", "true"]) {
      const script = `${words} 2>/dev/null | ${reader}; echo "\${PIPESTATUS[0]}"`;
      const { stdout } = await new Deno.Command("bash", { args: ["-c", script] }).output();
      assert.equal(new TextDecoder().decode(stdout), "78\n", reader);
    }
  }
});

for (const args of [["--prometheus", "localhost:9090"], ["--json=yes"], ["file"]]) {
  Deno.test(`rtcount check ${args.join(" ")} ends with 2`, async () => {
    assert.equal((await runRtcount(["check", ...args])).status, 2);
  });
}
