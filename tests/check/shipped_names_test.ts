// The names that the checker expects are those of the shipped files.

import assert from "node:assert/strict";
import { parse } from "yaml";
import { DASHBOARD_TAG, DASHBOARD_UID, DATA_SOURCE_UID } from "../../lib/check/grafana_facts.ts";
import { RULE_GROUPS } from "../../lib/check/prometheus_findings.ts";
import { readText } from "../monitoring/shipped_files.ts";

Deno.test("RULE_GROUPS are those of monitoring/rules/rtcount.yml", async () => {
  const { groups } = parse(await readText("rules/rtcount.yml")) as { groups: { name: string }[] };
  assert.deepEqual(RULE_GROUPS, groups.map(({ name }) => name));
});

Deno.test("DATA_SOURCE_UID is that of the provisioning file", async () => {
  const file = parse(await readText("grafana/provisioning/datasources/rtcount.yml"));
  assert.equal(DATA_SOURCE_UID, file.datasources[0].uid);
});

Deno.test("DASHBOARD_UID and DASHBOARD_TAG are those of the dashboard", async () => {
  const { uid, tags } = JSON.parse(await readText("grafana/dashboards/rtcount.json"));
  assert.equal(DASHBOARD_UID, uid);
  assert.ok(tags.includes(DASHBOARD_TAG));
});
