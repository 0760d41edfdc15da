// Pieces of a text on their way from the splitter to the word table, a few hundred at a time: what a loop does to
// all of them before the next loop begins keeps several memory accesses under way at once.

/** How many pieces a batch holds: few enough for all that belongs to them to stay in the caches. */
const CAPACITY = 512;

/** Up to `capacity` pieces of one buffer: the bytes `[starts[i], ends[i])` for i below `count`. */
export class Spans {
  readonly capacity = CAPACITY;
  /** One longer than `capacity`: `starts[count]` is where the piece in work begins. */
  readonly starts: Int32Array = new Int32Array(CAPACITY + 1);
  readonly ends: Int32Array = new Int32Array(CAPACITY + 1);
  count = 0;
}
