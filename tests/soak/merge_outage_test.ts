// The pane log of a group accepts no reports: its broker is away, or too few replicas are in sync. Windows wait, no report
// is dropped, and afterwards every window is right.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { showingErrors } from "../shown_errors.ts";
import { BucketStream } from "./bucket_stream.ts";
import { isLong } from "./soak_length.ts";

const BUCKETS = 30;
const OUTAGE_MS = 60_000;
/** Until then, windows may close that were reported before the outage. */
const SETTLED_MS = 5_000;
const REPORTS = "rtcount_merge_reports_total";
const LAG = "rtcount_consumer_lag_records";
const CLOSED = "rtcount_windows_closed_total";
/** The broker that is away; its node id is one more. */
const BROKER = 2;

interface Outage {
  readonly what: string;
  /** The node ids of the brokers of the pane log. */
  readonly replicas: readonly number[];
  readonly config: Readonly<Record<string, string>>;
}

const OUTAGES: readonly Outage[] = [
  { what: "its broker is away", replicas: [BROKER + 1], config: {} },
  {
    what: "too few replicas are in sync",
    replicas: [1, 2, BROKER + 1],
    config: { "min.insync.replicas": "3" },
  },
];

async function lagOf(daemon: RtcountDaemon): Promise<number> {
  const page = await daemon.get("/metrics");
  const lines = page?.text.split("\n").filter((line) => line.startsWith(`${LAG}{`)) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** The reports of all members, and what one of them has read in the log. */
async function reportsOf(members: readonly RtcountDaemon[]): Promise<{ sent: number; heard: number[] }> {
  const of = async (daemon: RtcountDaemon, result: string) => {
    return await daemon.metric(`${REPORTS}{result="${result}"}`) ?? 0;
  };
  const sent = await Promise.all(members.map((member) => of(member, "sent")));
  const heard = ["taken", "outdated"].map((result) => of(members[0], result));
  return { sent: sent.reduce((sum, one) => sum + one, 0), heard: await Promise.all(heard) };
}

if (isLong) {
  const ignore = await missingForKafka() !== undefined;
  for (const { what, replicas, config } of OUTAGES) {
    Deno.test({
      name: `the pane log accepts nothing because ${what}: counting stops, and no report is lost`,
      ignore,
      fn: showingErrors(async () => {
        await using kafka = await startKafka({ brokers: 3 });
        using stream = await BucketStream.open(kafka, {
          topic: "outage",
          buckets: BUCKETS,
          replicas: [1, 2],
        });
        await kafka.createTopic(stream.panes, { replicas, config });
        await stream.produce(8);
        await using a = new RtcountDaemon(stream.settings());
        await using b = new RtcountDaemon(stream.settings());
        const members = [a, b];
        for (const member of members) await stream.closed(member, 7);
        await kafka.kill(BROKER);
        const begunMs = performance.now();
        await stream.produce(20);
        for (const member of members) {
          await member.waitFor("the reason", async () => (await member.get("/readyz"))?.status === 503);
          await member.waitFor("records that wait", async () => await lagOf(member) > 0);
        }
        await systemClock.sleep(SETTLED_MS);
        const [closed, lags] = await Promise.all([a.metric(CLOSED), Promise.all(members.map(lagOf))]);
        await stream.produce(BUCKETS - 1);
        await systemClock.sleep(begunMs + OUTAGE_MS - performance.now());
        assert.equal(await a.metric(CLOSED), closed, "no window closes");
        const later = await Promise.all(members.map(lagOf));
        assert.ok(later.every((lag, i) => lag > lags[i] && lags[i] > 0), `the lag grows: ${lags}, ${later}`);
        console.log(`${what}: a lag of ${lags.join(" and ")} records, then ${later.join(" and ")}`);
        await kafka.restart(BROKER);
        await stream.produce(BUCKETS);
        await stream.closed(b, BUCKETS - 1);
        const windows = await stream.check(a, BUCKETS - 1);
        const { sent, heard: [taken, outdated] } = await a.waitFor("all reports in the log", async () => {
          const reports = await reportsOf(members);
          return reports.heard[0] + reports.heard[1] === reports.sent && reports;
        });
        console.log(
          `${windows} windows are right; ${sent} reports sent, ${taken} taken, ${outdated} outdated`,
        );
      }),
    });
  }
}
