// Reads a JSON record once, without building values: it checks the syntax and finds the value that a path of member
// names leads to. Its answers are those of JSON.parse of the decoded text:
// - Invalid UTF-8 decodes to U+FFFD, and decoding never consumes an ASCII byte. So a string ends at the same byte before
//   and after decoding. Bytes from 0x80 on are allowed in strings only; a byte order mark outside is an error.
// - A name without U+FFFD stands as its own UTF-8 or with escapes. Names with escapes are left undecided.
// - Of several members with one name the last one counts.
// - Only the record's length bounds the nesting: each open level takes one byte of memory.
//
// It is AssemblyScript because JavaScript cannot compare sixteen bytes at once. `deno task wasm` makes json_skim_wasm.ts
// of it. It has no objects and no heap, only the addresses below. Zeros follow the record and no token contains a zero,
// so no loop needs to check for the end.

/** Where the found value begins and ends in the record. */
const VALUE_START: usize = 0;
const VALUE_END: usize = 4;
/** The names of the path from the root on; its length precedes each name. */
export const NAMES: usize = 8;
const NAMES_END: usize = 4096;
/** The kind of each open level, from level 1 on; level 0 is the record itself. */
const KINDS: usize = NAMES_END;
export const MAX_RECORD_BYTES: usize = 0x40000;
export const RECORD: usize = KINDS + MAX_RECORD_BYTES + 16;

// The results of `skim`.
const INVALID: i32 = 0;
const NOTHING: i32 = 1;
/** A string without escapes, quotes included. */
const STRING: i32 = 2;
const OTHER: i32 = 3;
/** A name with escapes stands where a name of the path is looked for. */
const UNDECIDED: i32 = 4;

const ARRAY: u8 = 1;
const OBJECT: u8 = 2;
const NO_LEVEL: i32 = -1;
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

/**
 * Skims the record of `length` bytes at RECORD for the value below the first `depth` names; 0 stands for the whole.
 * The outer loop reads one value a pass, in an object with its name; the inner loop closes levels.
 */
export function skim(length: usize, depth: i32): i32 {
  const end = RECORD + length;
  v128.store(end, i8x16.splat(0));
  let found = NOTHING;
  let level: i32 = 0;
  let isObject = false;
  /** The open levels up to this one are the objects on the path; `name` is the one looked for in the last of them. */
  let pathLevel: i32 = 0;
  let name = NAMES;
  let isOnPath = true;
  /** The level of the value looked for, while it is being read. */
  let valueLevel = NO_LEVEL;
  let position = RECORD;
  while (true) {
    position = spaceEnd(position);
    if (isObject) {
      if (byteAt(position) != QUOTE) return INVALID;
      const nameStart = position + 1;
      position = stringEnd(nameStart);
      if (position == BROKEN) return INVALID;
      isOnPath = false;
      if (level == pathLevel) {
        if ((position & ESCAPED) != 0) return UNDECIDED;
        isOnPath = isName(name, nameStart, position - 1 - nameStart);
        if (isOnPath) found = NOTHING;
      }
      position = spaceEnd(position & ~ESCAPED);
      if (byteAt(position) != COLON) return INVALID;
      position = spaceEnd(position + 1);
    }
    if (isOnPath && level == depth) {
      found = OTHER;
      valueLevel = level;
      store<u32>(VALUE_START, position - RECORD);
    }
    const first = byteAt(position);
    if (first == QUOTE) {
      position = stringEnd(position + 1);
      if (position == BROKEN) return INVALID;
      if (level == valueLevel && (position & ESCAPED) == 0) found = STRING;
      position &= ~ESCAPED;
    } else if (first == LEFT_BRACE || first == LEFT_BRACKET) {
      isObject = first == LEFT_BRACE;
      level++;
      store<u8>(KINDS + level, isObject ? OBJECT : ARRAY);
      if (isOnPath && isObject && level <= depth) {
        pathLevel = level;
        name = nameOf(level);
      }
      isOnPath = false;
      position = spaceEnd(position + 1);
      if (byteAt(position) != first + TO_CLOSING) continue;
    } else {
      position = scalarEnd(position, first);
      if (position == BROKEN) return INVALID;
    }
    isOnPath = false;
    while (true) {
      if (level == valueLevel) {
        store<u32>(VALUE_END, position - RECORD);
        valueLevel = NO_LEVEL;
      }
      position = spaceEnd(position);
      if (level == 0) return position == end ? found : INVALID;
      const next = byteAt(position++);
      if (next == COMMA) break;
      if (next != (isObject ? RIGHT_BRACE : RIGHT_BRACKET)) return INVALID;
      level--;
      isObject = load<u8>(KINDS + level) == OBJECT && level > 0;
      if (pathLevel > level) {
        pathLevel = level;
        name = nameOf(level);
      }
    }
  }
}

/** Address of the path's name at a level. */
function nameOf(level: i32): usize {
  let name = NAMES;
  for (let i = 1; i < level; i++) name += 4 + load<u32>(name);
  return name;
}

function isName(name: usize, start: usize, length: usize): bool {
  if (load<u32>(name) != length) return false;
  for (let i: usize = 0; i < length; i++) {
    if (byteAt(name + 4 + i) != byteAt(start + i)) return false;
  }
  return true;
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
