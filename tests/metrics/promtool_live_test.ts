import assert from "node:assert/strict";
import { missingPrograms } from "../machine/machine.ts";
import { remarksOnMetrics } from "../machine/promtool.ts";
import { eventfulMetrics, HOSTILE_WORDS, metricsWith, windowOf } from "./sample_metrics.ts";

Deno.test({
  name: "promtool has no remark but the one on the name compute_gauge_rate",
  ignore: missingPrograms("promtool").length > 0,
  async fn() {
    const hostile = metricsWith({
      lastWindow: windowOf(HOSTILE_WORDS.map((word) => ({ word, count: 1 }))),
    });
    for (const metrics of [metricsWith(), eventfulMetrics(), hostile]) {
      assert.deepEqual(await remarksOnMetrics((await metrics.render("text")).body), []);
    }
  },
});
