// Probe and findings together, against an API that answers as Grafana's does.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import type { DaemonTruth } from "../../lib/check/daemon_facts.ts";
import { judgeGrafana } from "../../lib/check/grafana_findings.ts";
import { probeGrafana } from "../../lib/check/grafana_probe.ts";
import { parseHttpAddress } from "../../lib/http_client/http_address.ts";
import { HttpClient } from "../../lib/http_client/http_client.ts";
import { freePorts } from "../machine/free_ports.ts";
import { ADMIN_TOKEN, FakeGrafana, type FakeGrafanaOptions, VIEWER_TOKEN } from "../fakes/fake_grafana.ts";

const DASHBOARD = { uid: "rtcount", title: "rtcount", tags: ["rtcount"] };

const DAEMON: DaemonTruth = {
  host: "127.0.0.1",
  port: 8000,
  address: "127.0.0.1:8000",
  name: "counters",
  uptimeMs: 3_600_000,
  windowEndMs: undefined,
  processStartSeconds: 1_763_800_000,
  slideMs: 2_000,
};

async function lines(url: string, token?: string, daemon = DAEMON): Promise<string[]> {
  const server = parseHttpAddress(url) ?? assert.fail(url);
  const authorization = token && `Bearer ${token}`;
  const signal = new AbortController().signal;
  const client = new HttpClient({ ...server, authorization }, { clock: systemClock, signal });
  const facts = await probeGrafana(client, Promise.resolve(daemon));
  const findings = judgeGrafana(facts, { daemon, hasToken: token !== undefined });
  return findings.map(({ check, status, message }) =>
    `${status} ${check}: ${message.replaceAll(url, "URL")}`
  );
}

/** A Prometheus that has the start times of these daemons, of today or recent, and an address at which none answers. */
function startPrometheus(
  starts: Readonly<Record<string, number>> = { counters: 1_763_800_000.4 },
  { isRecent = true } = {},
) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const query = new URL(url).searchParams.get("query") ?? "";
    const [, name, lookback] = /rtcount_build_info\{job_name="(\w+)"\}\[(\w+)\]/.exec(query) ?? [];
    const isInReach = isRecent || lookback === "1d";
    const found = Object.entries(starts).filter(([other]) => other === name && isInReach);
    const result = found.map(([, start]) => ({ metric: {}, value: [1_763_805_600, String(start)] }));
    return Response.json({ status: "success", data: { resultType: "vector", result } });
  });
  const at = (url: string, uid = "rtcount-prometheus") => ({ uid, name: uid, type: "prometheus", url });
  return {
    works: (uid?: string) => at(`http://127.0.0.1:${server.addr.port}`, uid),
    broken: (uid?: string) => at(`http://127.0.0.1:${freePorts(1)[0]}`, uid),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a Grafana in which nothing is wrong", async () => {
  await using prometheus = startPrometheus();
  const source = prometheus.works();
  await using grafana = new FakeGrafana({ dataSources: [source], dashboards: [DASHBOARD] });
  assert.deepEqual(await lines(grafana.url, ADMIN_TOKEN), [
    "ok grafana: Grafana 11.2.0 at URL",
    `ok datasource: "rtcount-prometheus" reaches Prometheus at ${source.url}, which scrapes "counters"`,
    'ok dashboard: "rtcount" is there',
  ]);
  assert.deepEqual(await lines(grafana.url, VIEWER_TOKEN), [
    "ok grafana: Grafana 11.2.0 at URL",
    'ok datasource: "rtcount-prometheus" reaches Prometheus, which scrapes "counters"',

    'ok dashboard: "rtcount" is there',
  ]);
  assert.ok(grafana.requests.every((request) => request.startsWith("GET ")), "it changes nothing");
});

Deno.test("a Grafana that refuses the login", async () => {
  await using grafana = new FakeGrafana();
  assert.equal(
    (await lines(grafana.url, "secret-that-is-wrong"))[1],
    "FAIL grafana: Grafana refuses the token (401): Invalid API key",
  );
  assert.equal(
    (await lines(grafana.url))[1],
    "FAIL grafana: Grafana requires a login (401), and no token was given",
  );
});

Deno.test("a Grafana in which something is missing or broken", async () => {
  await using prometheus = startPrometheus();
  const works = prometheus.works();
  const broken = prometheus.broken();
  const other = prometheus.works("other");
  const brokenOther = prometheus.broken("other");
  const tagged = { ...DASHBOARD, uid: "copy", title: "A copy" };
  const why = /does not work: .*connection refused - There was an error returned querying/;
  const rows: [FakeGrafanaOptions, token: string, RegExp[]][] = [
    [{}, ADMIN_TOKEN, [
      /^FAIL datasource: Grafana has no data source of the type prometheus$/,
      /^FAIL dashboard: there is no dashboard with the uid rtcount or the tag rtcount$/,
    ]],
    [{}, VIEWER_TOKEN, [
      /^FAIL datasource: Grafana has no data source rtcount-prometheus, .*Permissions needed: datasources:read$/,
      /^FAIL dashboard/,
    ]],
    [{ dataSources: [broken], dashboards: [tagged] }, ADMIN_TOKEN, [
      new RegExp(`^FAIL datasource: the data source "rtcount-prometheus" \\(${broken.url}\\) ${why.source}`),
      /^ok dashboard: "A copy" has the tag rtcount$/,
    ]],
    [{ dataSources: [broken, other], dashboards: [DASHBOARD] }, ADMIN_TOKEN, [
      /^ok datasource: "other"/,
      /^FAIL datasource: the data source "rtcount-prometheus"/,
      /^ok dashboard/,
    ]],
    [{ dataSources: [works, brokenOther], dashboards: [DASHBOARD] }, ADMIN_TOKEN, [
      /^ok datasource: "rtcount-prometheus"/,
      /^warn datasource: the data source "other"/,
      /^ok dashboard/,
    ]],
  ];
  for (const [options, token, expected] of rows) {
    await using grafana = new FakeGrafana(options);
    const found = (await lines(grafana.url, token)).slice(1);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((pattern, i) => assert.match(found[i], pattern));
  }
});

Deno.test("a Grafana whose data source does not scrape this daemon", async () => {
  const dashboards = [DASHBOARD];
  const rows: [starts: Record<string, number>, DaemonTruth, string][] = [
    [
      { other: 1_763_800_000 },
      DAEMON,
      'FAIL datasource: the data source "rtcount-prometheus" (PROMETHEUS) has no ' +
      'series of the daemon "counters"',
    ],
    [
      { counters: 1_763_700_000 },
      DAEMON,
      'FAIL datasource: the data source "rtcount-prometheus" (PROMETHEUS) has ' +
      'series of another daemon "counters", started at STARTED; this one was started at STARTED',
    ],
    // The daemon has just been started again, is down, or does not tell its name.
    [{ counters: 1_763_700_000 }, { ...DAEMON, uptimeMs: 30_000 }, "ok"],
    [{ counters: 1_763_700_000 }, { ...DAEMON, uptimeMs: undefined, processStartSeconds: undefined }, "ok"],
    [
      {},
      { ...DAEMON, name: undefined },
      'warn datasource: "rtcount-prometheus" reaches Prometheus at PROMETHEUS, but ' +
      "the daemon's name is not known",
    ],
  ];
  for (const [starts, daemon, expected] of rows) {
    await using prometheus = startPrometheus(starts);
    const source = prometheus.works();
    await using grafana = new FakeGrafana({ dataSources: [source], dashboards });
    const [, finding] = await lines(grafana.url, ADMIN_TOKEN, daemon);
    const line = finding.replace(source.url, "PROMETHEUS").replaceAll(
      /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g,
      "STARTED",
    );
    if (expected === "ok") assert.match(line, /^ok datasource: .*, which scrapes "counters"$/);
    else assert.equal(line, expected);
  }
});

Deno.test("a Grafana whose data source has scraped this daemon some hours ago, and does no more", async () => {
  await using prometheus = startPrometheus(undefined, { isRecent: false });
  const source = prometheus.works();
  await using grafana = new FakeGrafana({ dataSources: [source], dashboards: [DASHBOARD] });
  assert.match(
    (await lines(grafana.url, ADMIN_TOKEN))[1],
    /^FAIL datasource: .* has no series of the daemon/,
  );
  const down = { ...DAEMON, uptimeMs: undefined, processStartSeconds: undefined };
  assert.match((await lines(grafana.url, ADMIN_TOKEN, down))[1], /^ok datasource/);
});

Deno.test("a Grafana with one data source of two that scrapes this daemon", async () => {
  await using right = startPrometheus();
  await using wrong = startPrometheus({});
  const rows: [works: string, fails: string, RegExp[]][] = [
    ["other", "rtcount-prometheus", [/^ok datasource: "other"/, /^FAIL datasource: .*"rtcount-prometheus"/]],
    ["rtcount-prometheus", "other", [/^ok datasource: "rtcount-prometheus"/, /^warn datasource: .*"other"/]],
  ];
  for (const [works, fails, expected] of rows) {
    const dataSources = [wrong.works(fails), right.works(works)];
    await using grafana = new FakeGrafana({ dataSources, dashboards: [DASHBOARD] });
    const found = (await lines(grafana.url, ADMIN_TOKEN)).slice(1, -1);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((pattern, i) => assert.match(found[i], pattern));
  }
});

Deno.test("a Grafana without its database, another server, and no server", async () => {
  await using grafana = new FakeGrafana({ database: "failing", dashboards: [DASHBOARD] });
  assert.match(
    (await lines(grafana.url, ADMIN_TOKEN))[0],
    /^FAIL grafana: Grafana 11\.2\.0 at URL has lost its/,
  );
  await using other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  const url = `http://127.0.0.1:${other.addr.port}`;
  assert.deepEqual(await lines(url), [
    "FAIL grafana: the server at URL is not Grafana: status 200 at /api/health",
  ]);
  const nowhere = `http://127.0.0.1:${freePorts(1)[0]}`;
  assert.deepEqual(await lines(nowhere), [
    "FAIL grafana: Grafana does not answer at URL: connection refused",
  ]);
});
