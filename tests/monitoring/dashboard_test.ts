import assert from "node:assert/strict";
import { parse } from "yaml";
import { dashboard, formatDashboard } from "../../tools/dashboard/dashboard.ts";
import { knownMetrics } from "./known_metrics.ts";
import { fillIn, panelQueries } from "./panel_queries.ts";
import { metricsOf } from "./promql.ts";
import { readPrometheusConfig, readText } from "./shipped_files.ts";

const GRID_WIDTH = 24;
/** Of those that every Grafana brings. */
const PANEL_TYPES = new Set(["bargauge", "heatmap", "row", "stat", "state-timeline", "timeseries"]);
const OF_NODE_EXPORTER = /^node_[a-z]+_/;
/** Grafana fills these in itself. */
const BUILT_IN_VARIABLES = ["__rate_interval"];

/** Any. */
const CHOSEN = { job: "rtcount", instance: ".+" };

const panels = dashboard.panels ?? [];
const variables = dashboard.templating?.list ?? [];

Deno.test("the dashboard's file is what deno task dashboard makes of its description", async () => {
  assert.equal(await readText("grafana/dashboards/rtcount.json"), formatDashboard());
});

Deno.test("every panel has a number of its own, a kind that Grafana brings, and a place", () => {
  const ids = panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, panels.length);
  const taken = new Set<string>();
  for (const { id, type, gridPos } of panels) {
    assert.ok(Number.isInteger(id) && id! > 0, `${id}`);
    assert.ok(PANEL_TYPES.has(type), type);
    const { x, y, w, h } = gridPos!;
    assert.ok(x >= 0 && w > 0 && x + w <= GRID_WIDTH && h > 0, JSON.stringify(gridPos));
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        const place = `column ${column}, line ${line}`;
        assert.ok(!taken.has(place), `${place} is taken, panel ${id} wants it too`);
        taken.add(place);
      }
    }
  }
});

Deno.test("every panel has a title, a description, a unit, and queries to the data source chosen", () => {
  const titles = new Set<string>();
  for (const panel of panels) {
    assert.ok(panel.title);
    if (!("targets" in panel)) continue;
    assert.ok(!titles.has(panel.title), `${panel.title} is there twice`);
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

Deno.test("every query asks for metrics that there are, of the job and the instances chosen", async () => {
  const known = await knownMetrics();
  for (const { expr } of panelQueries()) {
    for (const metric of metricsOf(fillIn(expr, CHOSEN))) {
      if (OF_NODE_EXPORTER.test(metric)) continue;
      assert.ok(known.has(metric), metric);
      assert.ok(expr.includes(`${metric}{job="$job",instance=~"$instance"`), expr);
    }
  }
});

Deno.test("every metric of the program is shown, or chooses what is", async () => {
  const asked = new Set([
    ...panelQueries().flatMap(({ expr }) => metricsOf(fillIn(expr, CHOSEN))),
    ...variables.flatMap(({ query }) => /label_values\((\w+)/.exec(JSON.stringify(query ?? ""))?.[1] ?? []),
  ]);
  const unshown = [...await knownMetrics()].filter((metric) => !asked.has(metric));
  assert.deepEqual(unshown, [
    // What quantiles say is enough of a histogram.
    "rtcount_batch_processing_seconds_sum",
    "rtcount_batch_processing_seconds_count",
    "rtcount_batch_scheduling_delay_seconds_sum",
    "rtcount_batch_scheduling_delay_seconds_count",
    // The rate, for one interval.
    "rtcount_batch_records",
    // Whether it did is shown.
    "rtcount_config_last_reload_success_timestamp_seconds",
  ]);
});

Deno.test("every variable that is used is declared, before those that use it", () => {
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

Deno.test("the data source is the dashboard's choice, and knows the scrape interval", async () => {
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

Deno.test("the dashboard provider has what Grafana requires of it", async () => {
  const { apiVersion, providers: [provider, ...others] } = parse(
    await readText("grafana/provisioning/dashboards/rtcount.yml"),
  );
  assert.equal(apiVersion, 1);
  assert.deepEqual(others, []);
  assert.equal(provider.type, "file");
  assert.ok(provider.name);
  assert.match(provider.options.path, /^\//);
});
