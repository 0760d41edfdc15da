// The first screen: the present state as numbers, and the top words.

import type { Row } from "../grid.ts";
import { bars, stat, timeSeries, valueNames } from "../panels.ts";
import { age, of, rate } from "../queries.ts";

const WORD_COUNT = of("rtcount_window_word_occurrences");
const WORDS = `sum by (word) (${WORD_COUNT})`;
const WORDS_AT_THE_END = `sum by (word) (${WORD_COUNT} @ end())`;
/** The last counts of words in the range: during an outage no word has a count at its end. */
const LAST_WORDS = `sum by (word) (last_over_time(${WORD_COUNT}[$__range] @ end()))`;

const ALL_WORDS = `sum(${of("rtcount_window_words")})`;
/** The first words, and what is left of all words. */
const TOP_AND_REST = `topk(20, ${WORDS}) or label_replace(` +
  `clamp_min(${ALL_WORDS} - sum(topk(20, ${WORDS})), 0), "word", "everything else", "", "")`;

/** A scrape that fails leaves no rtcount_ready but an `up` of 0, so -1 tells that a member is down. */
const WORST_STATE = `min(${of("rtcount_ready")} or (${of("up")} - 1))`;
const LAG = `sum(${of("rtcount_consumer_lag_records")})`;

export const NOW: Row = {
  title: "Now",
  panelWidth: 3,
  panelHeight: 4,
  panels: [
    stat({
      title: "State",
      about:
        "Ready, as /readyz reports it; not ready; or down, which means that Prometheus cannot scrape it. With " +
        "several instances, the worst state.",
      unit: "none",
      query: { expr: WORST_STATE },
      noValue: "no target",
      mapping: valueNames({
        "-1": { text: "down", color: "red" },
        0: { text: "not ready", color: "red" },
        1: { text: "ready", color: "green" },
      }),
    }),
    stat({
      title: "Alerts",
      about: "The names of the alerts that fire. The alert rules are in /etc/prometheus/rules/rtcount.yml.",
      unit: "none",
      query: {
        expr: 'count by (alertname) (ALERTS{alertstate="firing",alertname=~"Rtcount.+",job="$job"})',
        legend: "{{alertname}}",
      },
      showsNames: true,
      noValue: "none",
      redFrom: 1,
    }),
    stat({
      title: "Intake",
      about: "Records per second, without those that are read again.",
      unit: "suffix:rec/s",
      decimals: 0,
      query: { expr: `sum(${rate("rtcount_records_total")})` },
    }),
    stat({
      title: "Lag",
      about:
        "Records in the topics that have not been read. A lag of 0 is shown only while all instances are ready, " +
        "because an instance without a connection to Kafka does not know its lag.",
      unit: "locale",
      query: { expr: `(${LAG} > 0) or (${LAG} and on () (${WORST_STATE} == 1))` },
      noValue: "unknown",
      orangeFrom: 1_000,
      redFrom: 100_000,
    }),
    stat({
      title: "Age",
      about:
        "Time since the last window ended; with several instances, the longest. Usual are a few seconds more than " +
        "window.lateness. Red begins at one minute.",
      unit: "s",
      decimals: 1,
      query: { expr: `max(${age("rtcount_window_end_timestamp_seconds")})` },
      orangeFrom: 30,
      redFrom: 60,
    }),
    stat({
      title: "Words",
      about: "All words in the last window, over all shown instances.",
      unit: "locale",
      query: { expr: `sum(${of("rtcount_window_words")})` },
    }),
    stat({
      title: "Distinct",
      about:
        "Distinct words in the last window. With several instances, the largest number: they may share words.",
      unit: "locale",
      width: 2,
      query: { expr: `max(${of("rtcount_window_distinct_words")})` },
    }),
    stat({
      title: "Error",
      about:
        "How much too high a count can be. It is 0, and counts are exact, while no slide has more distinct words than " +
        "window.max_words and all words together have fewer bytes than window.max_word_bytes.",
      unit: "locale",
      width: 2,
      query: { expr: `max(${of("rtcount_window_word_occurrences_error")})` },
      redFrom: 1,
    }),
    stat({
      title: "Uptime",
      about: "Time since the start; with several instances, the shortest.",
      unit: "s",
      width: 2,
      query: { expr: `min(${age("process_start_time_seconds")})` },
    }),
  ],
};

export const TOP_WORDS: Row = {
  title: "Top words",
  panelWidth: 12,
  panelHeight: 12,
  panels: [
    bars({
      title: "Top words of the last window",
      about:
        "Counts of the newest closed window. Without merge.enabled each member of a group counts its own " +
        "partitions. Over several instances a sum is then a lower bound: a word may be missing from the top of another member.",
      unit: "locale",
      width: 8,
      query: { expr: `sort_desc(${TOP_AND_REST})`, legend: "{{word}}" },
    }),
    bars({
      title: "Their share of all words",
      about:
        "The share of each of these words in all words of the newest closed window, or in the sum of their weights.",
      unit: "percentunit",
      width: 6,
      query: { expr: `sort_desc((${TOP_AND_REST}) / on () group_left () ${ALL_WORDS})`, legend: "{{word}}" },
    }),
    timeSeries({
      title: "The same words over time",
      about:
        "Counts of the ten words that lead at the end of the time range or, if no word has a count there, that " +
        "had the highest last counts. A line has a gap where its word was not among the top words.",
      width: 10,
      sortsLegend: true,
      queries: [{
        expr: `${WORDS} and on (word) (topk(10, ${WORDS_AT_THE_END}) or ` +
          `(topk(10, ${LAST_WORDS}) unless on () ${WORDS_AT_THE_END}))`,
        legend: "{{word}}",
      }],
    }),
  ],
};
