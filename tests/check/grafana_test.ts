// Looking and judging together, against an API that answers as Grafana's does.

import assert from "node:assert/strict";
import { judgeGrafana } from "../../lib/check/grafana_findings.ts";
import { probeGrafana } from "../../lib/check/grafana_probe.ts";
import { freePorts } from "../machine/free_ports.ts";
import { ADMIN_TOKEN, FakeGrafana, type FakeGrafanaOptions, VIEWER_TOKEN } from "../fakes/fake_grafana.ts";

const DASHBOARD = { uid: "rtcount", title: "rtcount", tags: ["rtcount"] };

async function lines(url: string, token?: string): Promise<string[]> {
  const facts = await probeGrafana(url, { token, signal: new AbortController().signal });
  const findings = judgeGrafana(facts, { hasToken: token !== undefined });
  return findings.map(({ check, status, message }) =>
    `${status} ${check}: ${message.replaceAll(url, "URL")}`
  );
}

/** What Grafana would ask, and where it would not get an answer. */
function startPrometheus() {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ status: "success", data: {} }),
  );
  const at = (url: string, uid = "rtcount-prometheus") => ({ uid, name: uid, type: "prometheus", url });
  return {
    works: (uid?: string) => at(`http://127.0.0.1:${server.addr.port}`, uid),
    broken: (uid?: string) => at(`http://127.0.0.1:${freePorts(1)[0]}`, uid),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a Grafana with all that is wanted", async () => {
  await using prometheus = startPrometheus();
  const source = prometheus.works();
  await using grafana = new FakeGrafana({ dataSources: [source], dashboards: [DASHBOARD] });
  assert.deepEqual(await lines(grafana.url, ADMIN_TOKEN), [
    "ok grafana: Grafana 11.2.0 at URL",
    `ok datasource: "rtcount-prometheus" reaches Prometheus at ${source.url}`,
    'ok dashboard: "rtcount" is there',
  ]);
  assert.deepEqual(await lines(grafana.url, VIEWER_TOKEN), [
    "ok grafana: Grafana 11.2.0 at URL",
    'ok datasource: "rtcount-prometheus" reaches Prometheus',
    'ok dashboard: "rtcount" is there',
  ]);
  assert.ok(grafana.requests.every((request) => request.startsWith("GET ")), "it changes nothing");
});

Deno.test("a Grafana that does not let us in", async () => {
  await using grafana = new FakeGrafana();
  assert.equal(
    (await lines(grafana.url, "secret-that-is-wrong"))[1],
    "FAIL grafana: Grafana refuses the token (401): Invalid API key",
  );
  assert.equal(
    (await lines(grafana.url))[1],
    "FAIL grafana: Grafana wants a login (401), and no token was given",
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

Deno.test("a Grafana without its database, something else, and nothing", async () => {
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
    "FAIL grafana: what answers at URL is no Grafana: status 200 at /api/health",
  ]);
  const nowhere = `http://127.0.0.1:${freePorts(1)[0]}`;
  assert.deepEqual(await lines(nowhere), [
    "FAIL grafana: Grafana does not answer at URL: connection refused",
  ]);
});
