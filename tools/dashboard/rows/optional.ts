// Features that are off by default: snapshots and output topics. Their rows are collapsed.

import type { Row } from "../grid.ts";
import { timeSeries } from "../panels.ts";
import { age, eventsBy, of } from "../queries.ts";

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
