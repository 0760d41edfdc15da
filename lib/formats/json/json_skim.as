// Reads a JSON record once, without building values: it checks the syntax and finds the values that paths of member names
// and indexes lead to. Its answers are those of JSON.parse of the decoded text:
// - Invalid UTF-8 decodes to U+FFFD, and decoding never consumes an ASCII byte. So a string ends at the same byte before
//   and after decoding. Bytes from 0x80 on are allowed in strings only; a byte order mark outside is an error.
// - A name without U+FFFD stands as its own UTF-8 or with escapes. Names with escapes are left undecided.
// - Of several members with one name the last one counts.
// - Only the record's length bounds the nesting: each open level takes one byte of memory.
//
// It is AssemblyScript because JavaScript cannot compare sixteen bytes at once. `deno task wasm` makes json_skim_wasm.ts
// of it. It has no objects and no heap, only the addresses below. Zeros follow the record while it is read, and no token
// contains a zero, so no loop needs to check for the end.

/** The values that the paths lead to: three numbers for each, the kind, and the addresses where the value begins and ends. */
export const CELLS: usize = 0;
const CELL: usize = 12;
const CELL_START: usize = 4;
const CELL_END: usize = 8;
export const MAX_CELLS: i32 = 64;
/**
 * The paths as a tree, which JsonPlan writes; its root is the first node. A node has these numbers: its cell or NO_CELL,
 * the first cell of its subtree and the one after the last, the addresses of the lists of its members and elements (0
 * for none), and a bit for the length of each member's name. An entry of a list has the address of a node and the index
 * of an element, or the length of a name and its bytes up to a multiple of four. A zero ends the list.
 */
export const PLAN: usize = 1024;
export const MAX_PLAN_BYTES: i32 = 15360;
const NODE_FIRST: usize = 4;
const NODE_END: usize = 8;
const NODE_MEMBERS: usize = 12;
const NODE_ELEMENTS: usize = 16;
const NODE_LENGTHS: usize = 20;
const NO_CELL: i32 = -1;
const NO_NODE: usize = 0;
export const MAX_DEPTH: i32 = 1023;
/** By level: the node of the open container, and the index of its next element. Both only for levels on a path. */
const NODES: usize = 16384;
const INDEXES: usize = NODES + 4096;
/** The kind of each open level, from level 1 on; level 0 is the record itself. */
const KINDS: usize = INDEXES + 4096;
export const MAX_RECORD_BYTES: usize = 0x40000;
/** Records are loaded from here on, at most MAX_RECORD_BYTES together. Sixteen more bytes follow. */
export const RECORDS: usize = KINDS + MAX_RECORD_BYTES + 16;

// The results of `skim`.
const INVALID: i32 = 0;
const VALID: i32 = 1;
/** A name with escapes stands where a name of a path is looked for. */
const UNDECIDED: i32 = 2;

// The kinds of a cell.
const NOTHING: u32 = 0;
/** A string without escapes, quotes included. */
const STRING: u32 = 1;
const NUMBER: u32 = 2;
const TRUE_VALUE: u32 = 3;
const FALSE_VALUE: u32 = 4;
const NULL_VALUE: u32 = 5;
const OBJECT_VALUE: u32 = 6;
const ARRAY_VALUE: u32 = 7;
const ESCAPED_STRING: u32 = 8;

const ARRAY: u8 = 1;
const OBJECT: u8 = 2;
/** The end of an invalid token. */
const BROKEN: usize = 0;
/** A flag in a string's end: the string has escapes. Addresses never reach this bit. */
const ESCAPED: usize = 0x80000000;

const TAB: u32 = 0x09;
const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const SPACE: u32 = 0x20;
const QUOTE: u32 = 0x22;
const PLUS: u32 = 0x2b;
const COMMA: u32 = 0x2c;
const MINUS: u32 = 0x2d;
const DOT: u32 = 0x2e;
const SLASH: u32 = 0x2f;
const ZERO: u32 = 0x30;
const COLON: u32 = 0x3a;
const LEFT_BRACKET: u32 = 0x5b;
const BACKSLASH: u32 = 0x5c;
const RIGHT_BRACKET: u32 = 0x5d;
const LOWER_A: u32 = 0x61;
const LOWER_B: u32 = 0x62;
const LOWER_E: u32 = 0x65;
const LOWER_F: u32 = 0x66;
const LOWER_N: u32 = 0x6e;
const LOWER_R: u32 = 0x72;
const LOWER_T: u32 = 0x74;
const LOWER_U: u32 = 0x75;
const LEFT_BRACE: u32 = 0x7b;
const RIGHT_BRACE: u32 = 0x7d;
const LOWER_BIT: u32 = 0x20;
/** Adding it to an opening brace or bracket gives the closing one. */
const TO_CLOSING: u32 = 2;

// Four letters as a number, the first letter lowest.
const TRUE: u32 = 0x65757274;
const NULL: u32 = 0x6c6c756e;
const FALS: u32 = 0x736c6166;

/** Skims the record from `start` up to `end` for what the plan looks for, and fills the first `cells` cells. */
export function skim(start: usize, end: usize, cells: i32): i32 {
  const behind = v128.load(end);
  v128.store(end, i8x16.splat(0));
  const result = skimBeforeZeros(start, end, cells);
  v128.store(end, behind);
  return result;
}

/** The outer loop reads one value a pass, in an object with its name; the inner loop closes levels. */
@inline
function skimBeforeZeros(recordStart: usize, end: usize, cells: i32): i32 {
  clearCells(0, cells);
  let level: i32 = 0;
  let isObject = false;
  /** The open levels up to this one are on a path; `container` is the node of the last of them. */
  let pathLevel: i32 = 0;
  let container = NO_NODE;
  /** The lengths of the names that are looked for in it. */
  let lengths: u32 = 0;
  /** The node of the value that is read. */
  let node = PLAN;
  let position = recordStart;
  while (true) {
    position = spaceEnd(position);
    if (isObject) {
      if (byteAt(position) != QUOTE) return INVALID;
      const nameStart = position + 1;
      position = stringEnd(nameStart);
      if (position == BROKEN) return INVALID;
      if (level == pathLevel && lengths != 0) {
        if ((position & ESCAPED) != 0) return UNDECIDED;
        const length = position - 1 - nameStart;
        if (((lengths >> (<u32>length & 31)) & 1) != 0) node = memberOf(container, nameStart, length);
        if (node != NO_NODE) clearCells(load<i32>(node, NODE_FIRST), load<i32>(node, NODE_END));
      }
      position = spaceEnd(position & ~ESCAPED);
      if (byteAt(position) != COLON) return INVALID;
      position = spaceEnd(position + 1);
    } else if (level == pathLevel && level > 0) {
      node = nextElement(container, level);
    }
    const start = position;
    const first = byteAt(start);
    if (first == LEFT_BRACE || first == LEFT_BRACKET) {
      isObject = first == LEFT_BRACE;
      level++;
      store<u8>(KINDS + level, isObject ? OBJECT : ARRAY);
      if (node != NO_NODE) {
        const cell = load<i32>(node);
        if (cell != NO_CELL) setCell(cell, isObject ? OBJECT_VALUE : ARRAY_VALUE, start, start);
        pathLevel = level;
        container = node;
        lengths = load<u32>(container, NODE_LENGTHS);
        store<u32>(NODES + (<usize>level << 2), node);
        store<u32>(INDEXES + (<usize>level << 2), 0);
        node = NO_NODE;
      }
      position = spaceEnd(position + 1);
      if (byteAt(position) != first + TO_CLOSING) continue;
    } else {
      const valueEnd = first == QUOTE ? stringEnd(position + 1) : scalarEnd(position, first);
      if (valueEnd == BROKEN) return INVALID;
      position = valueEnd & ~ESCAPED;
      if (node != NO_NODE) {
        const cell = load<i32>(node);
        if (cell != NO_CELL) setCell(cell, kindOf(first, valueEnd), start, position);
        node = NO_NODE;
      }
    }
    while (true) {
      position = spaceEnd(position);
      if (level == 0) return position == end ? VALID : INVALID;
      const next = byteAt(position++);
      if (next == COMMA) break;
      if (next != (isObject ? RIGHT_BRACE : RIGHT_BRACKET)) return INVALID;
      if (level == pathLevel) {
        const cell = load<i32>(container);
        if (cell != NO_CELL) store<u32>(CELLS + <usize>cell * CELL, position, CELL_END);
        pathLevel--;
        container = load<u32>(NODES + (<usize>pathLevel << 2));
        lengths = pathLevel > 0 ? load<u32>(container, NODE_LENGTHS) : 0;
      }
      level--;
      isObject = load<u8>(KINDS + level) == OBJECT && level > 0;
    }
  }
}

/** Sets the cells from `first` on and below `end` to NOTHING. */
@inline
function clearCells(first: i32, end: i32): void {
  for (let cell = first; cell < end; cell++) store<u32>(CELLS + <usize>cell * CELL, NOTHING);
}

@inline
function setCell(cell: i32, kind: u32, start: usize, end: usize): void {
  const at = CELLS + <usize>cell * CELL;
  store<u32>(at, kind);
  store<u32>(at, start, CELL_START);
  store<u32>(at, end, CELL_END);
}

/** The node below an object with members for the one with the name of `length` bytes at `start`. */
function memberOf(container: usize, start: usize, length: usize): usize {
  let entry: usize = load<u32>(container, NODE_MEMBERS);
  let node: usize = load<u32>(entry);
  while (node != NO_NODE) {
    const own: usize = load<u32>(entry, 4);
    if (own == length && isSame(entry + 8, start, length)) return node;
    entry += 8 + ((own + 3) & ~3);
    node = load<u32>(entry);
  }
  return NO_NODE;
}

/** The node below an array for its next element, which is counted. */
function nextElement(container: usize, level: i32): usize {
  let entry: usize = load<u32>(container, NODE_ELEMENTS);
  if (entry == 0) return NO_NODE;
  const at = INDEXES + (<usize>level << 2);
  const index = load<u32>(at);
  store<u32>(at, index + 1);
  let node: usize = load<u32>(entry);
  while (node != NO_NODE) {
    if (load<u32>(entry, 4) == index) return node;
    entry += 8;
    node = load<u32>(entry);
  }
  return NO_NODE;
}

function isSame(name: usize, start: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) {
    if (byteAt(name + i) != byteAt(start + i)) return false;
  }
  return true;
}

/** The kind of a value without others in it, by its first byte and its end. */
@inline
function kindOf(first: u32, end: usize): u32 {
  if (first == QUOTE) return (end & ESCAPED) != 0 ? ESCAPED_STRING : STRING;
  if (first == LOWER_T) return TRUE_VALUE;
  if (first == LOWER_F) return FALSE_VALUE;
  return first == LOWER_N ? NULL_VALUE : NUMBER;
}

@inline
function byteAt(position: usize): u32 {
  return load<u8>(position);
}

@inline
function spaceEnd(start: usize): usize {
  let position = start;
  let byte = byteAt(position);
  while (byte <= SPACE && (byte == SPACE || byte == LINE_FEED || byte == CARRIAGE_RETURN || byte == TAB)) {
    byte = byteAt(++position);
  }
  return position;
}

/** The end of the string whose content begins at `start`, after its quote; with ESCAPED if it has escapes. */
@inline
function stringEnd(start: usize): usize {
  let position = start;
  let escaped: usize = 0;
  while (true) {
    let matches = specialBytes(position);
    while (matches == 0) {
      position += 16;
      matches = specialBytes(position);
    }
    position += ctz(matches);
    const byte = byteAt(position);
    if (byte == QUOTE) return (position + 1) | escaped;
    if (byte != BACKSLASH) return BROKEN;
    escaped = ESCAPED;
    position = escapeEnd(position + 1);
    if (position == BROKEN) return BROKEN;
  }
}

/** One bit for each of sixteen bytes that is a quote, a backslash or a control character. */
@inline
function specialBytes(position: usize): i32 {
  const bytes = v128.load(position);
  const quotes = i8x16.eq(bytes, i8x16.splat(<i8>QUOTE));
  const backslashes = i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH));
  const controls = i8x16.lt_u(bytes, i8x16.splat(<i8>SPACE));
  return i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
}

/** `start` is the byte after the backslash. */
function escapeEnd(start: usize): usize {
  switch (byteAt(start)) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
    case LOWER_B:
    case LOWER_F:
    case LOWER_N:
    case LOWER_R:
    case LOWER_T:
      return start + 1;
    case LOWER_U:
      return isHex(start + 1) && isHex(start + 2) && isHex(start + 3) && isHex(start + 4) ? start + 5 : BROKEN;
    default:
      return BROKEN;
  }
}

@inline
function isHex(position: usize): bool {
  const byte = byteAt(position);
  return isDigit(byte) || (byte | LOWER_BIT) - LOWER_A <= LOWER_F - LOWER_A;
}

/** The end of a number, true, false or null. */
@inline
function scalarEnd(start: usize, first: u32): usize {
  if (first == MINUS || isDigit(first)) return numberEnd(start);
  const letters = load<u32>(start);
  if (letters == TRUE || letters == NULL) return start + 4;
  return letters == FALS && byteAt(start + 4) == LOWER_E ? start + 5 : BROKEN;
}

function numberEnd(start: usize): usize {
  const whole = byteAt(start) == MINUS ? start + 1 : start;
  let end = digitsEnd(whole);
  if (end == whole || (byteAt(whole) == ZERO && end > whole + 1)) return BROKEN;
  if (byteAt(end) == DOT) {
    const fraction = end + 1;
    end = digitsEnd(fraction);
    if (end == fraction) return BROKEN;
  }
  if ((byteAt(end) | LOWER_BIT) == LOWER_E) {
    const sign = byteAt(end + 1);
    const exponent = sign == PLUS || sign == MINUS ? end + 2 : end + 1;
    end = digitsEnd(exponent);
    if (end == exponent) return BROKEN;
  }
  return end;
}

@inline
function digitsEnd(start: usize): usize {
  let position = start;
  while (isDigit(byteAt(position))) position++;
  return position;
}

@inline
function isDigit(byte: u32): bool {
  return byte - ZERO <= 9;
}
