// The format of reports as bytes: what the encoder and the decoder share. A part begins with the name and version of the
// format, its own length, a fingerprint of what the member counts, and the report's id. The first part also has the head. The rest of a
// part are sections: words of one pane, with their counts.

export const FORMAT_NAME: Uint8Array = new TextEncoder().encode("rtcm");
export const FORMAT_VERSION = 1;
export const FINGERPRINT_BYTES = 16;
/** No part is larger, unless the head alone is. */
export const MAX_PART_BYTES: number = 512 * 1024;

/** The range of JavaScript's Date. */
export const MAX_TIME_MS = 8.64e15;

/** Flag of a part. */
export const IS_LAST = 1;
/** Flags of a head. */
export const IS_MARKER = 1;
export const IS_IDLE = 2;
