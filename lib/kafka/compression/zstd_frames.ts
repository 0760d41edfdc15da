// Splits zstd data into frames (RFC 8878, section 3.1) by the headers of frames and blocks, without decompression.

const FRAME_MAGIC = 0xfd2fb528;
/** The first of sixteen consecutive values. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_RLE = 1;
/** Producers make one frame per batch. A frame costs some 50 us, so a megabyte of tiny ones would take six seconds. */
const MAX_FRAMES = 1_000;

/** Views of the frames, without skippable ones. @throws RangeError for other data, a cut frame, or too many frames */
export function splitZstdFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const magic = readUint32(bytes, at);
    let end: number;
    if (magic === FRAME_MAGIC) {
      end = endOfFrame(bytes, at);
      if (frames.length === MAX_FRAMES) {
        throw new RangeError(`more than ${MAX_FRAMES} zstd frames in the data`);
      }
      frames.push(bytes.subarray(at, end));
    } else if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) {
      end = at + 8 + readUint32(bytes, at + 4);
    } else {
      throw new RangeError(`no zstd frame starts at byte ${at}`);
    }
    if (end > bytes.length) throw new RangeError(`the zstd frame at byte ${at} is cut short`);
    at = end;
  }
  if (frames.length === 0) throw new RangeError("no zstd frame in the data");
  return frames;
}

/** The end of the frame at `start`; beyond `bytes` if the frame is cut. */
function endOfFrame(bytes: Uint8Array, start: number): number {
  const descriptor = bytes[start + 4];
  const singleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const windowBytes = singleSegment ? 0 : 1;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3];
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6];
  let at = start + 5 + windowBytes + dictionaryIdBytes + contentSizeBytes;
  let last = false;
  while (!last) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) return Infinity;
    const header = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
    last = (header & 1) === 1;
    const type = header >>> 1 & 3;
    at += BLOCK_HEADER_BYTES + (type === BLOCK_RLE ? 1 : header >>> 3);
  }
  return hasChecksum ? at + CHECKSUM_BYTES : at;
}

/** The largest window that one of the frames asks for: a decompressor keeps as much of its output. */
export function largestZstdWindow(frames: readonly Uint8Array[]): number {
  return frames.reduce((largest, frame) => Math.max(largest, windowOf(frame)), 0);
}

function windowOf(frame: Uint8Array): number {
  const descriptor = frame[4];
  if ((descriptor & 0x20) === 0) {
    const exponent = 10 + (frame[5] >>> 3);
    return 2 ** exponent * (1 + (frame[5] & 7) / 8);
  }
  // A frame in one segment has its content's size for a window.
  const at = 5 + [0, 1, 2, 4][descriptor & 3];
  const sizeBytes = [1, 2, 4, 8][descriptor >>> 6];
  let size = 0;
  for (let i = sizeBytes - 1; i >= 0; i--) size = size * 256 + frame[at + i];
  return sizeBytes === 2 ? size + 256 : size;
}

/** Missing bytes count as 0: such a frame ends beyond them, or is none. */
function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
}
