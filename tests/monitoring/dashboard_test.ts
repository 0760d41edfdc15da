import assert from "node:assert/strict";
import { parse } from "yaml";
import { dashboard, formatDashboard } from "../../tools/dashboard/dashboard.ts";
import { knownMetrics } from "./known_metrics.ts";
import { allPanels, fillIn, graphPanels, panelQueries, queriesOf } from "./panel_queries.ts";
import { metricsOf } from "./promql.ts";
import { readPrometheusConfig, readText } from "./shipped_files.ts";

const GRID_WIDTH = 24;
/** Kinds that every Grafana has. */
const PANEL_TYPES = new Set(["bargauge", "heatmap", "row", "stat", "state-timeline", "timeseries"]);
const OF_NODE_EXPORTER = /^node_[a-z]+_/;
/** Series that Prometheus itself makes. */
const OF_PROMETHEUS = ["up", "ALERTS"];
/** Grafana sets these. */
const BUILT_IN_VARIABLES = ["__interval", "__range", "__rate_interval"];

/** Every instance. */
const CHOSEN = { job: "rtcount", instance: ".+" };

type GridPos = { x: number; y: number; w: number; h: number };

function seconds(duration: string | undefined): number {
  const [, number, unit] = /^(\d+)(s|m)$/.exec(duration ?? "") ?? [];
  return Number(number) * (unit === "m" ? 60 : 1);
}

const panels = allPanels();
const variables = dashboard.templating?.list ?? [];

Deno.test("rtcount.json is up to date with tools/dashboard", async () => {
  assert.equal(await readText("grafana/dashboards/rtcount.json"), formatDashboard());
});

Deno.test("every panel has its own number, a kind that Grafana has, and a place", () => {
  const ids = panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, panels.length);
  const shown = dashboard.panels ?? [];
  for (const { id, type } of panels) {
    assert.ok(Number.isInteger(id) && id! > 0, `${id}`);
    assert.ok(PANEL_TYPES.has(type), type);
  }
  assertNoOverlap(shown);
  for (const row of shown) if ("panels" in row) assertNoOverlap([row, ...(row.panels ?? [])]);
});

function assertNoOverlap(placed: readonly { id?: number; gridPos?: GridPos }[]): void {
  const taken = new Set<string>();
  for (const { id, gridPos } of placed) {
    const { x, y, w, h } = gridPos!;
    assert.ok(x >= 0 && w > 0 && x + w <= GRID_WIDTH && h > 0, JSON.stringify(gridPos));
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        const place = `column ${column}, line ${line}`;
        assert.ok(!taken.has(place), `${place} is taken, panel ${id} needs it too`);
        taken.add(place);
      }
    }
  }
}

Deno.test("every panel has its own title, a description, a unit, and queries to the chosen data source", () => {
  const titles = new Set<string>();
  for (const panel of graphPanels()) {
    assert.ok(panel.title);
    assert.ok(!titles.has(panel.title), `two panels are called ${panel.title}`);
    titles.add(panel.title);
    assert.ok(panel.description, panel.title);
    assert.ok(panel.fieldConfig?.defaults.unit, panel.title);
    const targets = panel.targets ?? [];
    assert.ok(targets.length > 0, panel.title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, panel.title);
    for (const { datasource } of [panel, ...targets]) {
      assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" }, panel.title);
    }
  }
});

Deno.test("every query asks for existing metrics of the chosen job and instances", async () => {
  const known = new Set([...await knownMetrics(), ...OF_PROMETHEUS]);
  for (const { expr } of panelQueries()) {
    for (const metric of metricsOf(fillIn(expr, CHOSEN))) {
      if (OF_NODE_EXPORTER.test(metric)) {
        assert.ok(expr.includes(`${metric}{job=~"$node_job",instance=~"$host(:[0-9]+)?"`), expr);
        continue;
      }
      assert.ok(known.has(metric), metric);
      // An alert about missing targets has no instance.
      if (metric === "ALERTS") assert.match(expr, /ALERTS\{[^}]*job="\$job"\}/);
      else assert.ok(expr.includes(`${metric}{job="$job",instance=~"$instance"`), expr);
    }
  }
});

Deno.test("the stats ask for the present only, so that a stopped daemon leaves no old value", () => {
  const stats = graphPanels().filter(({ type }) => type === "stat" || type === "bargauge");
  assert.ok(stats.length > 0);
  for (const { title, instant, range } of stats.flatMap(queriesOf)) {
    assert.deepEqual({ instant, range }, { instant: true, range: false }, title);
  }
});

Deno.test("the state is red and says down if Prometheus cannot scrape an instance", () => {
  const [state] = graphPanels();
  assert.equal(
    state.targets?.[0].expr,
    'min(rtcount_ready{job="$job",instance=~"$instance"} or (up{job="$job",instance=~"$instance"} - 1))',
  );
  const [mapping] = state.fieldConfig?.defaults.mappings ?? [];
  assert.ok(mapping?.type === "value");
  const named = Object.entries(mapping.options).map(([value, { text, color }]) => [value, text, color]);
  assert.deepEqual(named.sort(), [["-1", "down", "red"], ["0", "not ready", "red"], ["1", "ready", "green"]]);
  assert.equal(state.fieldConfig?.defaults.noValue, "no target");
});

Deno.test("State, Lag and Age turn red", () => {
  const red = graphPanels().filter(({ type, fieldConfig }) => {
    const { mappings, thresholds } = fieldConfig?.defaults ?? {};
    return type === "stat" && /"color":"red"/.test(JSON.stringify([mappings, thresholds]));
  }).map(({ title }) => title);
  for (const title of ["State", "Alerts", "Lag", "Age"]) assert.ok(red.includes(title), `${title} of ${red}`);
});

Deno.test("a query of another scrape interval names it: the panel's interval does not reach $__rate_interval", async () => {
  const { global } = await readPrometheusConfig();
  for (const panel of graphPanels()) {
    assert.ok(!("interval" in panel), panel.title);
    for (const { expr, interval, title } of queriesOf(panel)) {
      const isOfMachine = metricsOf(fillIn(expr, CHOSEN)).some((metric) => OF_NODE_EXPORTER.test(metric));
      if (isOfMachine) assert.equal(interval, global.scrape_interval, title);
    }
  }
});

Deno.test("increase() spans at least two scrapes, and each event is in one bar", async () => {
  const { scrape_configs: [, { scrape_interval }] } = await readPrometheusConfig();
  const counts = panelQueries().filter(({ expr }) => expr.includes("increase("));
  assert.ok(counts.length > 0);
  for (const { title, expr, interval, range } of counts) {
    assert.ok(range, title);
    assert.match(expr, /^round\(sum.*\(increase\(\w+\{[^}]*\}\[\$__interval\]\)\)\)$/, title);
    assert.ok(seconds(interval) >= 2 * seconds(scrape_interval), `${title}: ${interval}`);
  }
});

Deno.test("a restart is counted even if the process was down for some minutes", () => {
  const restarts = panelQueries().filter(({ expr }) => expr.includes("changes("));
  assert.equal(restarts.length, 1);
  for (const { expr, interval } of restarts) {
    assert.match(expr, /changes\(process_start_time_seconds\{[^}]*\}\[\$__rate_interval\]\)/);
    // $__rate_interval is then four minutes.
    assert.equal(interval, "1m");
  }
});

Deno.test("the annotation of starts marks the time of each start", () => {
  const starts = dashboard.annotations?.list?.find(({ name }) => name === "Starts");
  assert.ok(starts !== undefined && "useValueForTime" in starts && starts.useValueForTime === true);
  assert.match(
    String(starts.target && "expr" in starts.target && starts.target.expr),
    /^process_start_time_seconds\{.*\} \* 1000$/,
  );
});

Deno.test("every metric of the program is shown, or selects what is shown", async () => {
  const asked = new Set([
    ...panelQueries().flatMap(({ expr }) => metricsOf(fillIn(expr, CHOSEN))),
    ...variables.flatMap(({ query }) => /label_values\((\w+)/.exec(JSON.stringify(query ?? ""))?.[1] ?? []),
  ]);
  const unshown = [...await knownMetrics()].filter((metric) => !asked.has(metric));
  assert.deepEqual(unshown, [
    "rtcount_records_counted_total",
    // Quantiles describe a histogram well enough.
    "rtcount_batch_processing_seconds_sum",
    "rtcount_batch_processing_seconds_count",
    "rtcount_batch_scheduling_delay_seconds_sum",
    "rtcount_batch_scheduling_delay_seconds_count",
    // The rate shows the same.
    "rtcount_batch_records",
    // The state timeline shows the result of the last reload.
    "rtcount_config_last_reload_success_timestamp_seconds",
  ]);
});

Deno.test("every variable is declared before its first use", () => {
  const text = JSON.stringify({ panels, annotations: dashboard.annotations });
  const used = new Set([...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name));
  const declared = variables.map(({ name }) => name);
  for (const name of used) assert.ok([...declared, ...BUILT_IN_VARIABLES].includes(name), name);
  variables.forEach(({ query, datasource }, index) => {
    for (const [, name] of JSON.stringify({ query, datasource }).matchAll(/\$\{?(\w+)/g)) {
      assert.ok(declared.slice(0, index).includes(name), `${declared[index]} uses ${name}`);
    }
  });
});

Deno.test("the dashboard selects the provisioned data source, which has the scrape interval", async () => {
  const { apiVersion, datasources: [datasource, ...others] } = parse(
    await readText("grafana/provisioning/datasources/rtcount.yml"),
  );
  assert.equal(apiVersion, 1);
  assert.deepEqual(others, []);
  const { uid, name, type, access, url, jsonData } = datasource;
  assert.deepEqual({ type, access }, { type: "prometheus", access: "proxy" });
  assert.deepEqual(variables[0].current, { text: name, value: uid });
  const { scrape_configs } = await readPrometheusConfig();
  const [prometheus, application] = scrape_configs;
  assert.equal(url, `http://${prometheus.static_configs[0].targets[0]}`);
  assert.equal(jsonData.timeInterval, application.scrape_interval);
});

Deno.test("the dashboard provider has all that Grafana requires", async () => {
  const { apiVersion, providers: [provider, ...others] } = parse(
    await readText("grafana/provisioning/dashboards/rtcount.yml"),
  );
  assert.equal(apiVersion, 1);
  assert.deepEqual(others, []);
  assert.equal(provider.type, "file");
  assert.ok(provider.name);
  assert.match(provider.options.path, /^\//);
});
