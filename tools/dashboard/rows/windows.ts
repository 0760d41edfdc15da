// Windows: their size and age, and how long their records take.

import type { Row } from "../grid.ts";
import { heatmap, timeSeries } from "../panels.ts";
import { age, of, quantiles, rate } from "../queries.ts";

export const WINDOWS: Row = {
  title: "Windows",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    timeSeries({
      title: "In the last window",
      about: "Records, words and distinct words of the newest closed window.",
      logarithmic: true,
      queries: [
        { expr: of("rtcount_window_records"), legend: "records {{instance}}" },
        { expr: of("rtcount_window_words"), legend: "words {{instance}}" },
        { expr: of("rtcount_window_distinct_words"), legend: "distinct words {{instance}}" },
      ],
    }),
    timeSeries({
      title: "Age of the watermark and of the last window",
      about:
        "The time since the watermark and since the end of the last window. Both grow by a second per second while " +
        "no window closes, and fall while a lag shrinks.",
      unit: "s",
      queries: [
        { expr: age("rtcount_watermark_timestamp_seconds"), legend: "watermark {{instance}}" },
        { expr: age("rtcount_window_end_timestamp_seconds"), legend: "last window {{instance}}" },
      ],
    }),
    timeSeries({
      title: "Windows closed per second",
      about: "Usually one per window.slide; more while a lag shrinks.",
      unit: "cps",
      queries: [
        { expr: rate("rtcount_windows_closed_total"), legend: "closed {{instance}}" },
        { expr: `1 / ${of("rtcount_window_slide_seconds")}`, legend: "usual {{instance}}" },
      ],
    }),
    timeSeries({
      title: "Error of counts",
      about:
        "How much too high a count can be. It is above 0 if a slide has more distinct words than window.max_words, " +
        "or if all words together have more bytes than window.max_word_bytes.",
      queries: [{ expr: of("rtcount_window_word_occurrences_error"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Rising words",
      about:
        "How many times as often as usual a word comes, for the words that come far more often. rising.min_count is " +
        "added to both counts. Empty while no word rises, and with merge.enabled.",
      width: 24,
      sortsLegend: true,
      queries: [{ expr: `max by (word) (${of("rtcount_rising_word_factor")})`, legend: "{{word}}" }],
    }),
    timeSeries({
      title: "New words per minute",
      about:
        "Words that came new_words.min_count times in a window and not at all in new_words.memory before it. 0 " +
        "without new_words.enabled, with merge.enabled, and while the words are not known yet.",
      width: 24,
      queries: [{ expr: `60 * ${rate("rtcount_new_words_total")}`, legend: "{{instance}}" }],
    }),
  ],
};

export const DELAYS: Row = {
  title: "Delays",
  panelWidth: 12,
  panelHeight: 10,
  panels: [
    heatmap({
      title: "Processing time of a rate interval",
      about:
        "The time to decode, split, count and emit the records of an interval (rate.interval); intervals per second.",
      unit: "s",
      query: {
        expr: `sum by (le) (${rate("rtcount_batch_processing_seconds_bucket")})`,
        legend: "{{le}}",
      },
    }),
    heatmap({
      title: "Scheduling delay",
      about:
        "The wait of admitted records before their processing begins, averaged over a rate interval; intervals per " +
        "second.",
      unit: "s",
      query: {
        expr: `sum by (le) (${rate("rtcount_batch_scheduling_delay_seconds_bucket")})`,
        legend: "{{le}}",
      },
    }),
    timeSeries({
      title: "Processing time, quantiles",
      about:
        "If it exceeds rate.interval, one core is not enough. Estimated from the buckets of the histogram.",
      unit: "s",
      queries: quantiles("rtcount_batch_processing_seconds"),
    }),
    timeSeries({
      title: "Scheduling delay, quantiles",
      about: "The integral part of the estimator reduces it. Estimated from the buckets of the histogram.",
      unit: "s",
      queries: quantiles("rtcount_batch_scheduling_delay_seconds"),
    }),
  ],
};
