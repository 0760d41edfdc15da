// Tests the files for Prometheus and Grafana with a real Prometheus, which scrapes a demo, a daemon on a real Kafka, and
// node_exporter.

import assert from "node:assert/strict";
import { dashboard } from "../../tools/dashboard/dashboard.ts";
import { kafkaSource, makeTopic } from "../e2e/kafka_source.ts";
import { getPage } from "../e2e/page.ts";
import { RtcountDaemon, RtcountProcess } from "../e2e/rtcount_process.ts";
import { freePorts } from "../machine/free_ports.ts";
import { produceLines } from "../machine/kafka/kcat.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { missingPrograms } from "../machine/machine.ts";
import { remarksOnMetrics } from "../machine/promtool.ts";
import { fillIn, panelQueries } from "./panel_queries.ts";
import { PrometheusServer, type Series } from "../machine/prometheus_server.ts";
import { operandsOf } from "./promql.ts";
import { readRules } from "./shipped_files.ts";

const JOB = "rtcount";
/** Prometheus, two instances of rtcount, node_exporter. */
const TARGETS = 4;
/** Words that a page must not interpret, and how the console shows them. */
const HOSTILE: Readonly<Record<string, string>> = {
  "<script>alert(1)</script>": "<script>alert(1)</script>",
  '"quoted"': '"\\"quoted\\""',
  "it's": "it's",
  "a&amp;b": "a&amp;b",
  "{{.}}": "{{.}}",
  "`$x`": "`$x`",
  "\\n": '"\\\\n"',
  "zero\u200bwidth": '"zero\\u200bwidth"',
  "\u202egnp": '"\\u202egnp"',
};
const WORDS_PANEL = "The same words over time";
const HOSTILE_WORDS = Object.keys(HOSTILE);

/** Metrics of a daemon with `state.dir` or with output topics. */
const NOT_OF_A_DEMO = /rtcount_(snapshot_(last_success_timestamp|duration)_seconds|output_)/;
/** Metrics of a daemon with `merge.enabled`, and of words that rise. Neither has those. */
const OF_NEITHER = /rtcount_(merge_|rising_word_factor)/;

interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** The processes that the tests observe. */
class Stage implements AsyncDisposable {
  readonly topic: string;
  readonly demo: RtcountProcess;
  readonly daemon: RtcountDaemon;
  readonly prometheus: PrometheusServer;
  /** The `instance` label, `host:port`. */
  readonly demoInstance: string;
  readonly daemonInstance: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: Pick<Stage, "topic" | "demo" | "daemon" | "prometheus" | "demoInstance">,
    resources: AsyncDisposableStack,
  ) {
    this.topic = parts.topic;
    this.demo = parts.demo;
    this.daemon = parts.daemon;
    this.prometheus = parts.prometheus;
    this.demoInstance = parts.demoInstance;
    this.daemonInstance = `localhost:${new URL(parts.daemon.url).port}`;
    this.#resources = resources;
  }

  static async set(): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const [topic, windows, deadLetters] = await Promise.all([2, 1, 1].map(makeTopic));
    const dir = await Deno.makeTempDir({ prefix: "rtcount-state-" });
    stack.defer(() => Deno.remove(dir, { recursive: true }));
    const [demoPort, exporterPort] = freePorts(2);
    const listen = `127.0.0.1:${demoPort}`;
    const demo = stack.use(new RtcountProcess(["demo", "--listen", listen, "--set", "output.console=false"]));
    const daemon = stack.use(
      new RtcountDaemon({
        name: "words",
        source: kafkaSource(topic),
        state: { dir, interval: "1s" },
        output: { console: false, kafka: { topic: windows }, dead_letters: { topic: deadLetters } },
      }),
    );
    const exporter = new Deno.Command("prometheus-node-exporter", {
      args: [`--web.listen-address=127.0.0.1:${exporterPort}`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    stack.defer(async () => {
      exporter.kill("SIGKILL");
      await exporter.status;
    });
    const rtcount = [demoPort, Number(new URL(daemon.url).port)];
    const prometheus = stack.use(await PrometheusServer.start({ rtcount, nodeExporter: exporterPort }));
    const demoInstance = `localhost:${demoPort}`;
    return new Stage({ topic, demo, daemon, prometheus, demoInstance }, stack.move());
  }

  /** Produces a few records with the present time to both partitions. */
  async produce(): Promise<void> {
    const lines = [HOSTILE_WORDS.join(","), "plain,plain"];
    for (const partition of [0, 1]) {
      await produceLines(lines, { bootstrap, topic: this.topic, partition, codec: "none" });
    }
  }

  /** Waits like PrometheusServer.waitFor() and produces records meanwhile. */
  waitFor<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
    return this.prometheus.waitFor(what, async () => {
      await this.produce();
      return await probe();
    });
  }

  /** Asks again, and produces meanwhile, until nothing is left; when it never is, what is left is in the error. */
  async waitForNone(left: () => readonly string[], ask: () => Promise<void>): Promise<void> {
    try {
      await this.waitFor("nothing left", async () => {
        await ask();
        return left().length === 0;
      });
    } catch (error) {
      throw new Error(`these have no data: ${left().join("\n")}`, { cause: error });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

function hasData(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some(Number.isFinite));
}

Deno.test({
  name: "the shipped files for Prometheus and Grafana work with a demo and with a daemon on Kafka",
  ignore: missing || missingPrograms("prometheus", "prometheus-node-exporter", "promtool", "kcat").length > 0,
  async fn(t) {
    await using stage = await Stage.set();
    const { prometheus, demoInstance, daemonInstance } = stage;

    await t.step("Prometheus scrapes all targets of prometheus.yml, rtcount at /", async () => {
      const targets = await stage.waitFor("all targets", async () => {
        const { activeTargets } = await prometheus.ask<
          { activeTargets: { scrapeUrl: string; health: string }[] }
        >("targets");
        return activeTargets.length === TARGETS && activeTargets.every(({ health }) => health === "up") &&
          activeTargets;
      });
      for (const instance of [demoInstance, daemonInstance]) {
        assert.ok(targets.some(({ scrapeUrl }) => scrapeUrl === `http://${instance}/`), instance);
      }
    });

    await t.step("promtool accepts the metrics at /, apart from the name compute_gauge_rate", async () => {
      for (const instance of [demoInstance, daemonInstance]) {
        const page = await getPage(`http://${instance.replace("localhost", "127.0.0.1")}/`);
        assert.deepEqual(await remarksOnMetrics(page?.text ?? "nothing"), []);
      }
    });

    await t.step("words arrive unchanged, whatever they contain", async () => {
      const query = `rtcount_window_word_occurrences{instance="${daemonInstance}"}`;
      await stage.waitFor("a window with all words", async () => {
        const words = new Set((await prometheus.query(query)).map(({ labels }) => labels.word));
        return ["plain", ...HOSTILE_WORDS].every((word) => words.has(word));
      });
    });

    await t.step("Prometheus loads and evaluates every rule", async () => {
      const shipped = (await readRules()).map(({ alert, record }) => alert ?? record).sort();
      await stage.waitFor("all rules", async () => {
        const { groups } = await prometheus.ask<{ groups: { rules: RuleState[] }[] }>("rules");
        const rules = groups.flatMap(({ rules }) => rules);
        assert.deepEqual(rules.map(({ name }) => name).sort(), shipped);
        assert.deepEqual(rules.filter(({ lastError = "" }) => lastError !== ""), []);
        return rules.every(({ health }) => health === "ok");
      });
    });

    await t.step("every rule's expression has data apart from its conditions", async () => {
      const operands = (await readRules()).flatMap(({ expr }) => operandsOf(expr));
      const empty = new Set(operands.filter((operand) => !OF_NEITHER.test(operand)));
      await stage.waitFor(
        "two scrapes of each target and two evaluations of the recording rules",
        async () => {
          const scrapes = await prometheus.query("count_over_time(up[5m]) > 1");
          const recorded = "instance:rtcount_consumer_lag_records:sum";
          const evaluations = await prometheus.query(`count_over_time(${recorded}[5m]) > 1`);
          return scrapes.length === TARGETS && evaluations.length === 2;
        },
      );
      await stage.waitForNone(() => [...empty], async () => {
        for (const operand of empty) {
          if (hasData(await prometheus.query(operand))) empty.delete(operand);
        }
      });
    });

    for (const [what, instance] of [["demo", demoInstance], ["daemon on Kafka", daemonInstance]]) {
      await t.step(`every panel has data of the ${what}`, async () => {
        const empty = new Map<string, boolean>();
        for (const { expr, instant } of panelQueries()) {
          if (instance === demoInstance && NOT_OF_A_DEMO.test(expr)) continue;
          if (expr.includes("ALERTS{") || OF_NEITHER.test(expr)) continue;
          empty.set(fillIn(expr, { job: JOB, instance }), instant);
        }
        // Panels of delays need an interval with records in the last seconds.
        await stage.waitForNone(() => [...empty.keys()], async () => {
          for (const [query, instant] of empty) {
            const series = instant ? await prometheus.query(query) : await prometheus.queryRange(query, 60);
            if (hasData(series)) empty.delete(query);
          }
        });
      });
    }

    await t.step("the dashboard's variables find the job and its instances", async () => {
      const found: Record<string, string[]> = {};
      for (const { name, query, regex = "" } of dashboard.templating?.list ?? []) {
        if (typeof query !== "object") continue;
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(String(query.query)) ?? [];
        const series = await prometheus.ask<Record<string, string>[]>("series", {
          "match[]": fillIn(selector, { job: JOB, instance: `${demoInstance}|${daemonInstance}` }),
        });
        const values = series.map((labels) => {
          return regex === "" ? labels[label] : new RegExp(regex.slice(1, -1)).exec(labels[label])?.[1];
        });
        found[name] = [...new Set(values.map(String))].sort();
      }
      assert.deepEqual(found, {
        job: [JOB],
        instance: [demoInstance, daemonInstance].sort(),
        host: ["localhost"],
        node_job: ["node_exporter"],
      });
    });

    await t.step("Prometheus answers the queries of the annotations", async () => {
      for (const { target } of dashboard.annotations?.list ?? []) {
        if (target === undefined || !("expr" in target)) continue;
        await prometheus.queryRange(fillIn(String(target.expr), { job: JOB, instance: daemonInstance }), 60);
      }
    });

    await t.step(
      "the console shows both instances with their top words, and interprets no word",
      async () => {
        const page = await stage.waitFor("the page with all words", async () => {
          const answer = await prometheus.get("/consoles/rtcount.html");
          const isReady = answer?.text.match(/<span class="good">ready<\/span>/g)?.length === 2;
          return answer?.status === 200 && isReady && answer.text.includes("plain") && answer.text;
        });
        assert.ok(!page.includes("<script"), page);
        const shown = [...page.matchAll(/<td class="word">(.*?)<\/td><td class="count">(\d+)<\/td>/g)]
          .map(([, word, count]) => [unescapeHtml(word), Number(count)] as const);
        const rest = shown.filter(([word]) => word === "everything else");
        const words = shown.map(([word]) => word);
        for (const word of ["plain", ...Object.values(HOSTILE)]) {
          assert.ok(words.includes(word), `${word} of ${words}`);
        }
        const wanted = 20 + 1 + HOSTILE_WORDS.length;
        assert.equal(shown.length - rest.length, wanted, "the words of the demo and of the daemon");
        assert.equal(rest.length, 2);
        assert.match(
          page,
          /everything else<\/td><td class="count">\d+<\/td><td class="count">\d+(?:\.\d+)?%<\/td>/,
        );
        for (const instance of [demoInstance, daemonInstance]) assert.ok(page.includes(instance), page);
      },
    );

    await t.step("no alert is firing or pending", async () => {
      await stage.waitFor("no alert", async () => {
        const { alerts } = await prometheus.ask<{ alerts: { state: string }[] }>("alerts");
        assert.deepEqual(alerts.filter(({ state }) => state === "firing"), []);
        return alerts.length === 0;
      });
    });
  },
});

Deno.test({
  name: "the dashboard shows a stopped daemon as down, with its last words",
  ignore: missingPrograms("prometheus").length > 0,
  async fn() {
    const [port, exporterPort] = freePorts(2);
    await using prometheus = await PrometheusServer.start({ rtcount: [port], nodeExporter: exporterPort });
    const instance = `localhost:${port}`;
    const { State: [state], Lag: [lag], [WORDS_PANEL]: [words] } = Object.groupBy(
      panelQueries().map(({ title, expr }) => ({ title, query: fillIn(expr, { job: JOB, instance }) })),
      ({ title }) => title,
    ) as Record<string, { query: string }[]>;
    {
      const args = ["demo", "--listen", `127.0.0.1:${port}`, "--set", "output.console=false"];
      await using _demo = new RtcountProcess(args);
      await prometheus.waitFor("a demo that is ready", async () => {
        const [series] = await prometheus.query(state.query);
        return series?.values[0] === 1 && hasData(await prometheus.queryRange(words.query, 60));
      });
    }
    await prometheus.waitFor("a demo that is down", async () => {
      const [series] = await prometheus.query(state.query);
      return series?.values[0] === -1;
    });
    assert.deepEqual(await prometheus.query(lag.query), []);
    assert.ok(hasData(await prometheus.queryRange(words.query, 60)), "the words before the end");
  },
});

Deno.test({
  name: "the console says that no rtcount answers",
  ignore: missingPrograms("prometheus").length > 0,
  async fn() {
    const [port, exporterPort] = freePorts(2);
    await using prometheus = await PrometheusServer.start({ rtcount: [port], nodeExporter: exporterPort });
    const page = await prometheus.waitFor("the target to be down", async () => {
      const answer = await prometheus.get("/consoles/rtcount.html");
      return answer?.status === 200 && answer.text.includes("does not answer") && answer.text;
    });
    assert.ok(page.includes(`localhost:${port} does not answer`), page);
    assert.ok(page.includes("Prometheus scrapes no rtcount that answers"), page);
  },
});

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => {
    return code === undefined ? NAMED[name] : String.fromCodePoint(Number(code));
  });
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };
