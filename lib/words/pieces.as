// Cuts texts into pieces and computes a key and a hash of each, by which WordSlots finds words. This runs for every word
// of every record. It is AssemblyScript because JavaScript can neither compare sixteen bytes at once nor multiply
// 64 bits. `deno task wasm` makes pieces_wasm.ts of it. It has no objects and no heap, only the addresses below;
// pieces.ts is the TypeScript side.

/** Pieces in a batch: few enough that all their arrays stay in the nearest caches. */
export const CAPACITY: i32 = 512;
/** Pieces that sixteen bytes can hold. A batch counts as full when fewer places are left. */
const MOST_AT_ONCE: i32 = 17;

// The arrays follow each other. A number takes four bytes, a key takes four numbers.
/** One number per piece, room for one more, and for the writes of addPiece that go beyond it. */
const NUMBERS: usize = 4 * (512 + 16);
/** Texts that one `split` can work on. */
export const MAX_TEXTS: i32 = 512;
const MAX_WORD_BYTES: usize = 65536;
/** Reads are sixteen bytes wide and may go beyond the end. */
const SLACK_BYTES: usize = 16;

/** Random numbers of eight bytes: the hash's start value and its two multipliers, which are made odd. */
export const HASH_KEY: usize = 0;
/** The separator, at most sixteen bytes. */
export const SEPARATOR: usize = 32;
/** Where each piece begins; ENDS holds where it ends. */
export const STARTS: usize = 64;
export const ENDS: usize = STARTS + NUMBERS;
/** Hashes of the pieces, then the hash of the word at WORD. */
export const HASHES: usize = ENDS + NUMBERS;
export const KEYS: usize = HASHES + NUMBERS;
/** Where each text begins, negative for a null text; TEXT_ENDS holds where it ends. */
export const TEXT_STARTS: usize = KEYS + 4 * NUMBERS;
export const TEXT_ENDS: usize = TEXT_STARTS + 4 * 512;
/** A single word that is looked up. */
export const WORD: usize = TEXT_ENDS + 4 * 512;
/** The texts. They may reach up to the end of the memory. */
export const TEXTS: usize = WORD + MAX_WORD_BYTES + SLACK_BYTES;

/** A key holds a word of up to twelve bytes; for a longer word it holds the hash, the length and the last four bytes. */
const INLINE_BYTES: i32 = 12;
const LONG: i32 = INLINE_BYTES + 1;
/** The last number of a key: the word's length, or LONG. */
const LENGTH_LANE: u8 = 3;

const TAB: u8 = 0x09;
const CARRIAGE_RETURN: u8 = 0x0d;
const SPACE: u8 = 0x20;

/** The text that is being split, and the position in it; 0 before the text has begun. */
let text: i32 = 0;
let position: usize = 0;

/** Address of the number at `index` of an array. */
function place(array: usize, index: i32): usize {
  return array + ((<usize>index) << 2);
}

/** Lets the next `split` begin with the first text. */
export function rewind(): void {
  text = 0;
  position = 0;
}

/**
 * Splits the first `texts` texts at the separator until the batch may be full; returns the number of pieces. All texts
 * are split when `done` returns true.
 */
export function split(texts: i32, separatorBytes: i32): i32 {
  const first = i8x16.splat(load<i8>(SEPARATOR));
  let count: i32 = 0;
  // The piece that the last batch left unfinished begins here.
  let start: i32 = load<i32>(place(STARTS, CAPACITY));
  while (text < texts) {
    const from = load<i32>(place(TEXT_STARTS, text));
    if (from < 0) {
      text++;
      continue;
    }
    if (position == 0) {
      position = from;
      start = from;
    }
    store<i32>(place(STARTS, count), start);
    const end: usize = load<i32>(place(TEXT_ENDS, text));
    count = separatorBytes == 1 ? splitAtByte(end, count, first) : splitAtBytes(end, count, separatorBytes, first);
    start = load<i32>(place(STARTS, count));
    if (count > CAPACITY - MOST_AT_ONCE) break;
    store<i32>(place(ENDS, count), <i32>end);
    count++;
    position = 0;
    text++;
  }
  store<i32>(place(STARTS, CAPACITY), start);
  return count;
}

export function done(texts: i32): bool {
  return text >= texts;
}

/** Adds the pieces that end at a separator before `end`, until the batch may be full; the next start follows them. */
function splitAtByte(end: usize, from: i32, separator: v128): i32 {
  let count = from;
  let at = position;
  while (at < end && count <= CAPACITY - MOST_AT_ONCE) {
    let matches = i8x16.bitmask(i8x16.eq(v128.load(at), separator));
    if (at + 16 > end) matches &= (1 << <i32>(end - at)) - 1;
    const next = count + popcnt(matches);
    let to = (<usize>count) << 2;
    // Always write three pieces: their number is unpredictable, and a mispredicted branch costs more. The next pieces
    // overwrite the surplus.
    addPiece(to, at, matches);
    matches &= matches - 1;
    addPiece(to + 4, at, matches);
    matches &= matches - 1;
    addPiece(to + 8, at, matches);
    matches &= matches - 1;
    for (to += 12; matches != 0; to += 4) {
      addPiece(to, at, matches);
      matches &= matches - 1;
    }
    count = next;
    at += 16;
  }
  position = at;
  return count;
}

/** Like splitAtByte, for a separator of several bytes. Its first byte never continues a character. */
function splitAtBytes(end: usize, from: i32, separatorBytes: i32, first: v128): i32 {
  let count = from;
  let at = position;
  while (at + separatorBytes <= end && count <= CAPACITY - MOST_AT_ONCE) {
    const matches = i8x16.bitmask(i8x16.eq(v128.load(at), first));
    if (matches == 0) {
      at += 16;
      continue;
    }
    at += ctz(matches);
    if (at + separatorBytes > end) break;
    if (isSeparator(at, separatorBytes)) {
      store<i32>(place(ENDS, count), <i32>at);
      at += separatorBytes;
      count++;
      store<i32>(place(STARTS, count), <i32>at);
    } else {
      at++;
    }
  }
  position = at < end ? at : end;
  return count;
}

function isSeparator(at: usize, separatorBytes: i32): bool {
  for (let i: usize = 1; i < <usize>separatorBytes; i++) {
    if (load<u8>(at + i) != load<u8>(SEPARATOR + i)) return false;
  }
  return true;
}

/** Ends a piece at the lowest match behind `at` and begins the next one after it. */
function addPiece(to: usize, at: usize, matches: i32): void {
  const end = <i32>at + ctz(matches);
  store<i32>(ENDS + to, end);
  store<i32>(STARTS + to + 4, end + 1);
}

/**
 * Computes keys and hashes and drops empty pieces; returns how many pieces are left. With `trim` it first removes ASCII
 * white space around each piece.
 */
export function prepare(count: i32, trim: bool): i32 {
  let kept: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    let start: usize = load<i32>(place(STARTS, i));
    let end: usize = load<i32>(place(ENDS, i));
    if (trim && start < end && (load<u8>(start) <= SPACE || load<u8>(end - 1) <= SPACE)) {
      while (start < end && isSpace(load<u8>(start))) start++;
      while (start < end && isSpace(load<u8>(end - 1))) end--;
    }
    store<i32>(place(STARTS, kept), <i32>start);
    store<i32>(place(ENDS, kept), <i32>end);
    computeKey(kept, start, <i32>(end - start));
    // The next piece overwrites an empty one; a branch on emptiness would be mispredicted.
    kept += i32(start < end);
  }
  return kept;
}

/** Computes the key and the hash of the word at WORD; they follow those of the pieces. */
export function prepareWord(length: i32): void {
  computeKey(CAPACITY, WORD, length);
}

function isSpace(byte: u8): bool {
  return byte == SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

function computeKey(to: i32, start: usize, length: i32): void {
  let key: v128;
  let hash: i64;
  if (length <= INLINE_BYTES) {
    const isOfWord = i8x16.lt_u(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>length));
    key = v128.and(v128.load(start), isOfWord);
    key = i32x4.replace_lane(key, LENGTH_LANE, length);
    hash = mixed(load<i64>(HASH_KEY), i64x2.extract_lane(key, 0));
    hash = mixed(hash, i64x2.extract_lane(key, 1));
  } else {
    hash = hashOfLong(start, length);
    key = i32x4.splat(<i32>(hash >>> 32));
    key = i32x4.replace_lane(key, 1, length);
    key = i32x4.replace_lane(key, 2, load<i32>(start + length - 4));
    key = i32x4.replace_lane(key, LENGTH_LANE, LONG);
  }
  v128.store(KEYS + ((<usize>to) << 4), key);
  store<i32>(place(HASHES, to), <i32>(hash >>> 32));
}

function hashOfLong(start: usize, length: i32): i64 {
  const last = start + length - 8;
  let hash = load<i64>(HASH_KEY) ^ length;
  for (let at = start; at < last; at += 8) hash = mixed(hash, load<i64>(at));
  return mixed(hash, load<i64>(last));
}

/**
 * Mixes eight more bytes into `hash`; its upper bits are the good ones. Words are untrusted input: random multipliers
 * keep anyone from preparing words that share a slot. The product is spread over all bits before the second
 * multiplication. Without that, differences that reach only the upper bits of a product could cancel each other for any
 * multipliers.
 */
function mixed(hash: i64, bytes: i64): i64 {
  const sum = hash ^ bytes;
  const product = (sum ^ (sum >>> 32)) * (load<i64>(HASH_KEY, 8) | 1);
  return (product ^ (product >>> 29)) * (load<i64>(HASH_KEY, 16) | 1);
}
