// The state of a record in a run, as a number: it counts, it is filtered, or it is skipped for a reason.

import { RECORD_SKIP_REASONS, type RecordSkipReason } from "../records/skip_reason.ts";

export const COUNTED = 0;
export const FILTERED = 1;
const FIRST_FAULT = 2;

/** The state of a record that is skipped. */
export function faultState(reason: RecordSkipReason): number {
  return FIRST_FAULT + RECORD_SKIP_REASONS.indexOf(reason);
}

/** Undefined for a record that is not skipped. */
export function reasonOf(state: number): RecordSkipReason | undefined {
  return RECORD_SKIP_REASONS[state - FIRST_FAULT];
}
