// The configuration of the comparison of windows with what the stream had before.

import { z } from "zod";
import { duration, wholeNumber, yesOrNo } from "./key.ts";

const MAX_BASELINE_WINDOWS = 10_000;
const MAX_COUNT = 1_000_000_000;

export const rising = z.strictObject({
  enabled: yesOrNo().prefault(true).describe(
    "Name the words that come far more often than usual. It has no effect with merge.enabled.",
  ),
  baseline: wholeNumber(1, MAX_BASELINE_WINDOWS).prefault(30).describe(
    "The usual count of a word is a mean over about this many window lengths. Older counts have less weight.",
  ),
  min_count: wholeNumber(1, MAX_COUNT).prefault(10).describe(
    "The least count of a word that rises. It is added to both counts that are compared, so that small ones are no news.",
  ),
});

export const newWords = z.strictObject({
  enabled: yesOrNo().prefault(false).describe(
    "Name the words that the stream has not had for a long time. It has no effect with merge.enabled.",
  ),
  memory: duration("1s", "3650d").prefault("7d").describe(
    "A word is new that has not occurred for this time. It may be up to an eighth longer.",
  ),
  min_count: wholeNumber(1, MAX_COUNT).prefault(5).describe(
    "The least count of a word that is new, in one window.",
  ),
  learn: duration("0s", "365d").prefault("1h").describe(
    "No word is new before the stream has been observed for this time.",
  ),
});
