import assert from "node:assert/strict";
import type { DaemonTruth } from "../../lib/check/daemon_facts.ts";
import type { HttpOutcome } from "../../lib/http_client/http_client.ts";
import { judgePrometheus, judgeSeries } from "../../lib/check/prometheus_findings.ts";
import {
  parsePrometheusDuration,
  type PrometheusFacts,
  readRules,
  readTargets,
  type SeriesFacts,
  type TargetFacts,
} from "../../lib/check/prometheus_facts.ts";

const URL = "http://127.0.0.1:9090";
const NOW_MS = 1_763_805_600_000;
const TARGET: TargetFacts = {
  job: "rtcount",
  instance: "localhost:8000",
  url: "http://localhost:8000/",
  health: "up",
  lastError: "",
  intervalMs: 2_000,
  timeoutMs: 2_000,
};
const DAEMON: DaemonTruth = {
  host: "127.0.0.1",
  port: 8000,
  address: "127.0.0.1:8000",
  name: "rtcount",
  uptimeMs: 3_600_000,
  windowEndMs: NOW_MS - 2_000,
  processStartSeconds: NOW_MS / 1000 - 3_600,
  slideMs: 2_000,
};

function answer(status: number, data: unknown): HttpOutcome {
  return { kind: "answer", status, text: JSON.stringify({ status: "success", data }) };
}

function series(more: Partial<SeriesFacts> = {}, values: Readonly<Record<string, number>> = {}): SeriesFacts {
  const all = {
    rtcount_window_end_timestamp_seconds: NOW_MS / 1000 - 4,
    process_start_time_seconds: NOW_MS / 1000 - 3_600,
    ...values,
  };
  return {
    nowMs: NOW_MS,
    sampleMs: NOW_MS - 1_500,
    jobName: "rtcount",
    values: new Map(Object.entries(all)),
    ...more,
  };
}

function group(name: string, more = {}) {
  return { name, file: `/etc/prometheus/rules/rtcount.yml`, broken: [], firing: [], ...more };
}

const GROUPS = [group("rtcount.recording"), group("rtcount.alerts"), group("others")];

function facts(more: Partial<PrometheusFacts> = {}): PrometheusFacts {
  return {
    url: URL,
    buildInfo: answer(200, { version: "2.42.0" }),
    targets: [TARGET],
    target: TARGET,
    series: series(),
    rules: GROUPS,
    ...more,
  };
}

function lines(seen: PrometheusFacts, asked = true): string[] {
  const findings = judgePrometheus(seen, { daemon: DAEMON, asked });
  return findings.map(({ check, status, message }) => `${status} ${check}: ${message}`);
}

Deno.test("judgePrometheus() finds nothing wrong with one that scrapes the daemon and has the rules", () => {
  assert.deepEqual(lines(facts()), [
    `ok prometheus: Prometheus 2.42.0 at ${URL}`,
    "ok target: rtcount at localhost:8000 is up, scraped from http://localhost:8000/",
    "ok series: the newest sample is 1.5 s old, one is due every 2 s, and the values are the daemon's",
    "ok rules: rtcount.recording, rtcount.alerts are loaded",
    "ok alerts: none of its alerts is firing",
  ]);
});

Deno.test("judgePrometheus() names another server in its place, and only warns if no address was given", () => {
  const refused: HttpOutcome = { kind: "failure", failure: "refused", reason: "connection refused" };
  const rows: [buildInfo: HttpOutcome, asked: boolean, string][] = [
    [refused, true, `FAIL prometheus: Prometheus does not answer at ${URL}: connection refused`],
    [refused, false, `warn prometheus: not checked: no Prometheus answers at ${URL}`],
    [
      { kind: "answer", status: 401, text: "" },
      true,
      `FAIL prometheus: Prometheus at ${URL} requires a login (401)`,
    ],
    [
      { kind: "answer", status: 200, text: "<html>" },
      true,
      `FAIL prometheus: the server at ${URL} is not Prometheus: status 200 at /api/v1/status/buildinfo`,
    ],
    [
      { kind: "answer", status: 200, text: "<html>" },
      false,
      `warn prometheus: not checked: no Prometheus answers at ${URL}`,
    ],
  ];
  for (const [buildInfo, asked, expected] of rows) {
    assert.deepEqual(lines({ url: URL, buildInfo }, asked), [expected]);
  }
});

Deno.test("judgePrometheus() tells a target that is missing, down, or not scraped yet", () => {
  const other = { ...TARGET, job: "node", instance: "localhost:9100" };
  const down = { ...TARGET, health: "down", lastError: "server returned HTTP status 404" };
  const rows: [Partial<PrometheusFacts>, string][] = [
    [
      { targets: [other], target: undefined, series: undefined },
      "FAIL target: no target of Prometheus is at 127.0.0.1:8000: it scrapes node at localhost:9100",
    ],
    [
      { targets: [], target: undefined, series: undefined },
      "FAIL target: no target of Prometheus is at 127.0.0.1:8000: it scrapes nothing",
    ],
    [{ target: down }, "FAIL target: rtcount at localhost:8000 is down: server returned HTTP status 404"],
    [
      { target: { ...TARGET, health: "unknown" } },
      "warn target: rtcount at localhost:8000 has not been scraped yet",
    ],
    [{ targets: undefined, target: undefined }, "FAIL target: Prometheus does not list its targets"],
  ];
  for (const [more, expected] of rows) assert.equal(lines(facts(more))[1], expected);
  const [, { remedy }] = judgePrometheus(facts({ target: undefined }), { daemon: DAEMON, asked: true });
  assert.match(remedy ?? "", /scrape_configs .*targets: \["127\.0\.0\.1:8000"\]/);
});

Deno.test("judgePrometheus() tells rules that are missing, broken, or firing", () => {
  const broken = group("rtcount.alerts", {
    broken: [{ name: "RtcountDown", error: "many-to-many matching" }],
  });
  const firing = Array.from(
    { length: 7 },
    (_, i) => ({ name: `A${i}`, summary: "it is bad", remedy: "mend it" }),
  );
  const rows: [PrometheusFacts["rules"], string[]][] = [
    [
      [group("others")],
      ["FAIL rules: the rules are not loaded: no group rtcount.recording, no group rtcount.alerts"],
    ],
    [[GROUPS[0]], ["FAIL rules: the rules are not loaded: no group rtcount.alerts"]],
    [undefined, ["FAIL rules: Prometheus does not list its rules"]],
    [
      [GROUPS[0], broken],
      [
        "FAIL rules: the rule RtcountDown cannot be evaluated: many-to-many matching",
        "ok alerts: none of its alerts is firing",
      ],
    ],
    [
      [GROUPS[0], group("rtcount.alerts", { firing: firing.slice(0, 1) })],
      ["ok rules: rtcount.recording, rtcount.alerts are loaded", "warn alerts: A0 is firing: it is bad"],
    ],
  ];
  for (const [rules, expected] of rows) assert.deepEqual(lines(facts({ rules })).slice(3), expected);
  const many = lines(facts({ rules: [GROUPS[0], group("rtcount.alerts", { firing })] })).slice(4);
  assert.equal(many.length, 6);
  assert.equal(many.at(-1), "warn alerts: 2 more are firing");
});

Deno.test("judgeSeries() tells fresh series from missing ones, stale ones and another daemon's", () => {
  const down = { ...TARGET, health: "down" };
  const rows: [TargetFacts, SeriesFacts, status: string, message: RegExp][] = [
    [TARGET, series(), "ok", /values are the daemon's$/],
    [TARGET, series({ sampleMs: undefined }), "FAIL", /no series of rtcount from rtcount at localhost:8000/],
    [
      TARGET,
      series({ sampleMs: NOW_MS - 60_000 }),
      "FAIL",
      /stale: the newest sample is 60 s old, .* every 2 s$/,
    ],
    [down, series({ sampleMs: NOW_MS - 7_200_000 }), "FAIL", /stale: the newest sample is 120 min old/],
    [down, series(), "FAIL", /^no new samples come: the newest sample is 1\.5 s old/],
    // Two scrapes may be missed.
    [TARGET, series({ sampleMs: NOW_MS - 9_000 }), "ok", /9 s old/],
    [TARGET, series({ jobName: "demo" }), "FAIL", /the target is the daemon "demo", not "rtcount"/],
    [
      TARGET,
      series({}, { rtcount_window_end_timestamp_seconds: NOW_MS / 1000 - 600 }),
      "FAIL",
      /stale: the newest window in Prometheus ends at .*, the daemon's at /,
    ],
    [
      TARGET,
      series({}, { process_start_time_seconds: NOW_MS / 1000 - 86_400 }),
      "FAIL",
      /of another process, started at /,
    ],
    // Before the first window there is nothing to compare.
    [TARGET, series({ values: new Map() }), "ok", /values/],
  ];
  for (const [target, seen, status, message] of rows) {
    const finding = judgeSeries(target, seen, DAEMON);
    assert.equal(finding.status, status, finding.message);
    assert.match(finding.message, message);
  }
});

Deno.test("judgeSeries() expects no scrape of a daemon that has just started", () => {
  const old = series({}, { process_start_time_seconds: NOW_MS / 1000 - 86_400 });
  const young = { ...DAEMON, uptimeMs: 2_000, windowEndMs: undefined };
  assert.equal(judgeSeries(TARGET, old, young).status, "ok");
  const unknown = { ...DAEMON, processStartSeconds: undefined, windowEndMs: undefined, name: undefined };
  assert.equal(judgeSeries(TARGET, old, unknown).status, "ok");
});

Deno.test("readTargets() reads an answer with missing values", () => {
  const targets = answer(200, {
    activeTargets: [
      {
        labels: { job: "rtcount", instance: "localhost:8000" },
        scrapeUrl: "http://localhost:8000/",
        health: "down",
        lastError: "context deadline exceeded",
        scrapeInterval: "1m30s",
        scrapeTimeout: "500ms",
      },
      { health: 7 },
    ],
  });
  assert.deepEqual(readTargets(targets), [
    {
      ...TARGET,
      health: "down",
      lastError: "context deadline exceeded",
      intervalMs: 90_000,
      timeoutMs: 500,
    },
    {
      job: "",
      instance: "",
      url: "",
      health: "unknown",
      lastError: "",
      intervalMs: 60_000,
      timeoutMs: 10_000,
    },
  ]);
  for (const text of ["", "[]", '{"status":"error"}', '{"status":"success","data":{"activeTargets":{}}}']) {
    assert.equal(readTargets({ kind: "answer", status: 200, text }), undefined);
  }
});

Deno.test("readRules() keeps broken rules and firing alerts", () => {
  const alert = { state: "firing", annotations: { summary: "s", remedy: "r" }, labels: {} };
  const rules = answer(200, {
    groups: [{
      name: "g",
      file: "f",
      rules: [
        { name: "A", type: "alerting", health: "ok", alerts: [alert, { ...alert, state: "pending" }] },
        { name: "r", type: "recording", health: "err", lastError: "why" },
      ],
    }],
  });
  assert.deepEqual(readRules(rules), [{
    name: "g",
    file: "f",
    broken: [{ name: "r", error: "why" }],
    firing: [{ name: "A", summary: "s", remedy: "r" }],
  }]);
});

Deno.test("parsePrometheusDuration() reads durations of Prometheus", () => {
  const rows: [string, number | undefined][] = [
    ["15s", 15_000],
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1h", 3_600_000],
    ["2w1d", 1_296_000_000],
    ["", undefined],
    ["15", undefined],
    ["1 m", undefined],
  ];
  for (const [text, ms] of rows) assert.equal(parsePrometheusDuration(text), ms, text);
});
