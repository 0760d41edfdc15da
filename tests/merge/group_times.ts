// The topic and the window settings of a MergingGroup.

export const TOPIC = "t";
export const SLIDE_MS = 2_000;
export const LENGTH_MS = 8_000;
export const LATENESS_MS = 2_000;
export const IDLE_MS = 10_000;
export const MAX_FUTURE_MS = 86_400_000;
