// Features that are off by default: combined counts of a group, snapshots and output topics. Their rows are collapsed.

import type { Row } from "../grid.ts";
import { timeSeries } from "../panels.ts";
import { age, eventsBy, of, rate } from "../queries.ts";

export const GROUP: Row = {
  title: "Windows of a group (with merge.enabled)",
  panelWidth: 8,
  panelHeight: 7,
  collapsed: true,
  panels: [
    timeSeries({
      title: "Delay of reports",
      about:
        "How far each member's last report is behind the clock. The member with the largest delays all windows.",
      unit: "s",
      queries: [{ expr: age("rtcount_merge_reported_timestamp_seconds"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Lag of the pane log",
      about:
        "Records of the pane log that a member has not read. Until it reads them, its windows are older than those of the others.",
      queries: [{ expr: of("rtcount_merge_lag_records"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Partitions without a report",
      about: "No window closes before each partition has been reported since the last rebalance.",
      decimals: 0,
      queries: [{ expr: of("rtcount_merge_unheard_partitions"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Reports",
      about:
        "Sent by the member; taken, repeated, outdated and foreign as it reads the log. Outdated ones come from members " +
        "that were frozen or cut off; foreign ones from members that count differently. Reports per bar.",
      draw: "bars",
      stacked: true,
      decimals: 0,
      queries: [eventsBy("result", "rtcount_merge_reports_total", "{{result}}")],
    }),
    timeSeries({
      title: "Bytes of reports",
      about: "Sent to the pane log. Each member reads the reports of all.",
      unit: "Bps",
      queries: [{ expr: rate("rtcount_merge_report_bytes_total"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Words of reports",
      about: "Words with a count that the member has sent. Each member adds up the words of all.",
      queries: [{ expr: rate("rtcount_merge_report_words_total"), legend: "{{instance}}" }],
    }),
  ],
};

export const SNAPSHOTS: Row = {
  title: "Snapshots (with state.dir)",
  panelWidth: 8,
  panelHeight: 7,
  collapsed: true,
  panels: [
    timeSeries({
      title: "Age of the last snapshot",
      about: "About state.interval while records arrive. A restart reads newer records again.",
      unit: "s",
      queries: [{
        expr: age("rtcount_snapshot_last_success_timestamp_seconds"),
        legend: "{{instance}}",
      }],
    }),
    timeSeries({
      title: "Time to save a snapshot",
      about: "Saving runs in the background while counting continues.",
      unit: "s",
      queries: [{ expr: of("rtcount_snapshot_duration_seconds"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Snapshots",
      about: "Saved (ok) and failed; per bar.",
      draw: "bars",
      stacked: true,
      decimals: 0,
      queries: [eventsBy("result", "rtcount_snapshots_total", "{{result}}")],
    }),
  ],
};

export const OUTPUTS: Row = {
  title: "Output topics (with output.kafka, output.dead_letters)",
  panelWidth: 8,
  panelHeight: 7,
  collapsed: true,
  panels: [
    timeSeries({
      title: "Records emitted",
      about:
        "Sent: the topic has them. Dropped: the queue was full. Failed: the broker refused them permanently. Records " +
        "per bar.",
      draw: "bars",
      stacked: true,
      queries: [eventsBy("output, result", "rtcount_output_records_total", "{{output}}, {{result}}")],
    }),
    timeSeries({
      title: "Records that wait to be sent",
      about:
        "They wait while a topic cannot be reached; beyond 10,000 records newer windows replace older ones.",
      queries: [{ expr: of("rtcount_output_queued_records"), legend: "{{output}} {{instance}}" }],
    }),
    timeSeries({
      title: "Failed attempts to send",
      about: "Each attempt is repeated while counting continues. Attempts per bar.",
      draw: "bars",
      stacked: true,
      decimals: 0,
      queries: [eventsBy("output", "rtcount_output_retries_total", "{{output}}")],
    }),
  ],
};
