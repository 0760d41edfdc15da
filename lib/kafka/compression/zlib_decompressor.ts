// Decompresses gzip and zstd in steps by the runtime's own code. node:zlib offers that only as streams, which work in the
// background. So this calls the method below them that works at once, as `_processChunk` does: Deno 2.8 and 2.9 have it.

import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { type Decompressor, MAX_STEP_INPUT_BYTES } from "./decompressor.ts";
import { largestZstdWindow, splitZstdFrames } from "./zstd_frames.ts";

/** Memory of zlib's inflate with its window. */
const GZIP_STATE_BYTES = 64 * 1024;
/** The streams allocate an output buffer that is not used here. */
const UNUSED_CHUNK_BYTES = 64;

interface Handle {
  onerror: (message: string, code: number) => void;
  /** Sets `writeState` to the room left in the output, and to the bytes left of the input. */
  writeSync(
    flush: number,
    input: Uint8Array,
    inputStart: number,
    inputBytes: number,
    output: Uint8Array,
    outputStart: number,
    outputBytes: number,
    writeState: Uint32Array,
  ): void;
}

interface SyncStream {
  readonly _handle: Handle;
  readonly _writeState: Uint32Array;
  on(event: "error", listener: () => void): void;
  close(): void;
}

export function openGzip(bytes: Uint8Array): Decompressor {
  const stream = createGunzip({ chunkSize: UNUSED_CHUNK_BYTES }) as unknown as SyncStream;
  return new ZlibDecompressor(stream, [bytes], {
    stateBytes: GZIP_STATE_BYTES,
    flush: constants.Z_NO_FLUSH,
    finish: constants.Z_FINISH,
  });
}

export function openZstd(bytes: Uint8Array): Decompressor {
  const frames = splitZstdFrames(bytes);
  const stream = createZstdDecompress({ chunkSize: UNUSED_CHUNK_BYTES }) as unknown as SyncStream;
  return new ZlibDecompressor(stream, frames, {
    stateBytes: largestZstdWindow(frames),
    flush: constants.ZSTD_e_continue,
    finish: constants.ZSTD_e_end,
  });
}

interface ZlibOptions {
  readonly stateBytes: number;
  /** The flags of the runtime for input that continues, and for the last input. */
  readonly flush: number;
  readonly finish: number;
}

class ZlibDecompressor implements Decompressor {
  readonly stateBytes: number;
  isDone = false;
  readonly #stream: SyncStream;
  readonly #inputs: readonly Uint8Array[];
  readonly #options: ZlibOptions;
  #input = 0;
  #at = 0;
  #error: string | undefined;

  constructor(stream: SyncStream, inputs: readonly Uint8Array[], options: ZlibOptions) {
    this.stateBytes = options.stateBytes;
    this.#stream = stream;
    this.#inputs = inputs;
    this.#options = options;
    stream.on("error", () => {});
    stream._handle.onerror = (message) => this.#error = message;
  }

  read(output: Uint8Array, start: number): number {
    if (this.isDone || start === output.length) return start;
    const input = this.#inputs[this.#input];
    const step = Math.min(MAX_STEP_INPUT_BYTES, input.length - this.#at);
    const isLast = this.#at + step === input.length;
    const { _handle: handle, _writeState: state } = this.#stream;
    const flush = isLast ? this.#options.finish : this.#options.flush;
    try {
      handle.writeSync(flush, input, this.#at, step, output, start, output.length - start, state);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#error = error.message;
    }
    if (this.#error !== undefined) throw new RangeError(`cannot decompress: ${this.#error}`);
    const [room, rest] = state;
    const end = output.length - room;
    this.#at += step - rest;
    // With room left, all output of this input is written. gzip ignores zeros behind its last member.
    const isStuck = rest === step && end === start;
    if (room > 0 && (isStuck || (isLast && rest === 0))) this.#finishInput();
    return end;
  }

  close(): void {
    this.isDone = true;
    this.#stream.close();
  }

  #finishInput(): void {
    this.#input++;
    this.#at = 0;
    if (this.#input === this.#inputs.length) this.isDone = true;
  }
}
