// Cuts texts into pieces, and makes of each piece the numbers that a word is looked up by. This is what is done to every
// word of every record, and most of the work is on bytes: it is AssemblyScript because JavaScript has no way to look at
// sixteen bytes at once, nor to multiply 64 bits. `deno task wasm` makes pieces_wasm.ts of it. There are no objects and
// no heap, only the addresses below; pieces.ts is the other side of them.

/** Pieces in a batch: few enough for all that belongs to them to stay in the nearest caches. */
export const CAPACITY: i32 = 512;
/** What sixteen bytes may have of pieces. A batch is full when it may have no room for them. */
const MOST_AT_ONCE: i32 = 17;

// The arrays, one behind the other. Each number has four bytes, a key four numbers.
/** As many numbers as there are pieces; behind them is room for one more, and for what is written beyond. */
const NUMBERS: usize = 4 * (512 + 16);
/** Texts at a time. */
export const MAX_TEXTS: i32 = 512;
const MAX_WORD_BYTES: usize = 65536;
/** Sixteen bytes are read at a time, the last of them perhaps beyond what there is. */
const SLACK_BYTES: usize = 16;

/** Random numbers, of eight bytes: what the hash begins with, and its two multipliers, which are made odd. */
export const HASH_KEY: usize = 0;
/** The separator's bytes, sixteen at most. */
export const SEPARATOR: usize = 32;
/** Where a piece begins, and where it ends. */
export const STARTS: usize = 64;
export const ENDS: usize = STARTS + NUMBERS;
/** Of the pieces, then of the word at WORD. */
export const HASHES: usize = ENDS + NUMBERS;
export const KEYS: usize = HASHES + NUMBERS;
/** Where each text begins, less than 0 for one that is none, and where it ends. */
export const TEXT_STARTS: usize = KEYS + 4 * NUMBERS;
export const TEXT_ENDS: usize = TEXT_STARTS + 4 * 512;
/** A word that is looked up alone. */
export const WORD: usize = TEXT_ENDS + 4 * 512;
/** The texts, up to the end of the memory. */
export const TEXTS: usize = WORD + MAX_WORD_BYTES + SLACK_BYTES;

/** A key holds so many bytes of a word; of a longer one it holds the hash, the length and the last four bytes. */
const INLINE_BYTES: i32 = 12;
const LONG: i32 = INLINE_BYTES + 1;
/** What a key holds behind them: the length, or LONG. */
const LENGTH_LANE: u8 = 3;

const TAB: u8 = 0x09;
const CARRIAGE_RETURN: u8 = 0x0d;
const SPACE: u8 = 0x20;

/** The text that is being split, and how far that has come: 0 where it has not begun. */
let text: i32 = 0;
let position: usize = 0;

/** Where in an array of numbers that one stands. */
function place(array: usize, index: i32): usize {
  return array + ((<usize>index) << 2);
}

/** The next `split` begins with the first text. */
export function rewind(): void {
  text = 0;
  position = 0;
}

/**
 * Splits the texts, the first `texts` of the arrays, at a separator of so many bytes, until a batch may be full; returns
 * how many pieces there are. The texts have come to their end when `done` says so.
 */
export function split(texts: i32, separatorBytes: i32): i32 {
  const first = i8x16.splat(load<i8>(SEPARATOR));
  let count: i32 = 0;
  // Where the piece in work begins. It was left behind the last batch.
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

/** Whether all of the texts have been split. */
export function done(texts: i32): bool {
  return text >= texts;
}

/** Adds the pieces up to `end` that a separator ends, until the batch may be full; where the next begins stands behind. */
function splitAtByte(end: usize, from: i32, separator: v128): i32 {
  let count = from;
  let at = position;
  while (at < end && count <= CAPACITY - MOST_AT_ONCE) {
    let matches = i8x16.bitmask(i8x16.eq(v128.load(at), separator));
    if (at + 16 > end) matches &= (1 << <i32>(end - at)) - 1;
    const next = count + popcnt(matches);
    let to = (<usize>count) << 2;
    // Three are written whether there are so many or not, because that cannot be foreseen. What is too much is written
    // over by the next.
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

/** The same for a separator of several bytes, the first of which never continues a character. */
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

/** The piece ends at the lowest of `matches` behind `at`, the next one begins behind that. */
function addPiece(to: usize, at: usize, matches: i32): void {
  const end = <i32>at + ctz(matches);
  store<i32>(ENDS + to, end);
  store<i32>(STARTS + to + 4, end + 1);
}

/**
 * Makes the keys and the hashes of the pieces, and drops the empty ones; with `trim` white space around a piece is not
 * part of it, as far as it is ASCII. Returns how many are left.
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
    // What was stored is kept only then; no processor foresees which pieces are empty.
    kept += i32(start < end);
  }
  return kept;
}

/** Makes the key and the hash of the word at WORD; they stand behind those of the pieces. */
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
 * Takes eight bytes more into `hash`, whose upper bits are the good ones. Words are data from strangers: with random
 * multipliers nobody can prepare words that fall into one slot. What the first multiplication has made of eight bytes is
 * spread over all bits before the next; without that, differences that only reach the upper bits of a product could be
 * made to cancel each other whatever the multipliers are.
 */
function mixed(hash: i64, bytes: i64): i64 {
  const sum = hash ^ bytes;
  const product = (sum ^ (sum >>> 32)) * (load<i64>(HASH_KEY, 8) | 1);
  return (product ^ (product >>> 29)) * (load<i64>(HASH_KEY, 16) | 1);
}
