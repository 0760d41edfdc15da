// Pieces of texts on their way from the splitter to the word table, a few hundred at a time: what one loop does to all
// of them before the next loop begins keeps several memory accesses under way at once.

/** How many pieces a batch holds: few enough for all that belongs to them to stay in the nearest caches. */
const CAPACITY = 512;

/** Up to `capacity` pieces of one buffer: the bytes `[starts[i], ends[i])` for i below `count`. */
export class Spans {
  readonly capacity = CAPACITY;
  bytes: Uint8Array = new Uint8Array(0);
  /** Of `bytes`. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** One longer than `capacity`: `starts[count]` is where the piece in work begins. */
  readonly starts: Int32Array = new Int32Array(CAPACITY + 1);
  readonly ends: Int32Array = new Int32Array(CAPACITY + 1);
  count = 0;

  /** Empties it, for pieces of `bytes`. */
  reset(bytes: Uint8Array): void {
    this.count = 0;
    if (this.bytes === bytes) return;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
