// Reads the wire format of Protobuf (https://protobuf.dev/programming-guides/encoding/) from a place in a buffer that holds
// other records, too: nothing is read at or after the end of the value.

import type { ScalarKind, ValueType } from "./protobuf_type.ts";

/** Thrown where bytes are no message. One object serves for all, since a stack trace for each record is expensive. */
export const MALFORMED = new SyntaxError("the bytes are no message");

export const WIRE = { varint: 0, fixed64: 1, length: 2, group: 3, endGroup: 4, fixed32: 5 } as const;

/** Messages and groups within each other. */
const MAX_DEPTH = 128;
const MAX_VARINT_BYTES = 10;
const CONTINUES = 0x80;
const TWO_32 = 2 ** 32;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The wire type of a scalar that is not packed. */
export const SCALAR_WIRES: Readonly<Record<ScalarKind, number>> = {
  double: WIRE.fixed64,
  float: WIRE.fixed32,
  int32: WIRE.varint,
  uint32: WIRE.varint,
  sint32: WIRE.varint,
  fixed32: WIRE.fixed32,
  sfixed32: WIRE.fixed32,
  int64: WIRE.varint,
  uint64: WIRE.varint,
  sint64: WIRE.varint,
  fixed64: WIRE.fixed64,
  sfixed64: WIRE.fixed64,
  bool: WIRE.varint,
  string: WIRE.length,
  bytes: WIRE.length,
};

/** The wire type of a value that is not packed. */
export function wireOf(type: ValueType): number {
  switch (type.kind) {
    case "message":
      return WIRE.length;
    case "group":
      return WIRE.group;
    case "enum":
      return WIRE.varint;
    default:
      return SCALAR_WIRES[type.kind];
  }
}

export class ProtobufCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** The end of the message that is read. */
  end = 0;
  /** The two halves of the varint read last, as signed integers. */
  low = 0;
  high = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #depth = 0;

  /** Begins a message in `bytes[start..end)`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.at = start;
    this.end = end;
    this.#depth = 0;
  }

  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw MALFORMED;
  }

  leave(): void {
    this.#depth--;
  }

  /** Reads a tag: eight times the number of a field, and the wire type. */
  readTag(): number {
    this.readVarint();
    const tag = this.low >>> 0;
    if (this.high !== 0 || tag < 8) throw MALFORMED;
    return tag;
  }

  readVarint(): void {
    const { bytes, end } = this;
    let at = this.at;
    if (at >= end) throw MALFORMED;
    let byte = bytes[at++];
    if (byte < CONTINUES) {
      this.at = at;
      this.low = byte;
      this.high = 0;
      return;
    }
    let low = byte & ~CONTINUES;
    let high = 0;
    for (let count = 1; byte >= CONTINUES; count++) {
      if (at >= end || count === MAX_VARINT_BYTES) throw MALFORMED;
      byte = bytes[at++];
      const bits = byte & ~CONTINUES;
      if (count < 4) low |= bits << 7 * count;
      else if (count === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << 7 * count - 32;
    }
    this.at = at;
    this.low = low;
    this.high = high;
  }

  /** The length of what follows: at most up to the end of the message. */
  readLength(): number {
    this.readVarint();
    const length = this.low >>> 0;
    if (this.high !== 0 || length > this.end - this.at) throw MALFORMED;
    return length;
  }

  /** Skips the value after a tag. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WIRE.varint:
        return this.readVarint();
      case WIRE.fixed64:
        return this.#skipBytes(8);
      case WIRE.length:
        return this.#skipBytes(this.readLength());
      case WIRE.group:
        return this.#skipGroup(tag >>> 3);
      case WIRE.fixed32:
        return this.#skipBytes(4);
      default:
        throw MALFORMED;
    }
  }

  /** Reads a scalar that is no text: numbers beyond the safe integers are bigints. */
  readNumber(kind: Exclude<ScalarKind, "string" | "bytes">): number | bigint | boolean {
    switch (kind) {
      case "double":
        this.#skipBytes(8);
        return this.#view.getFloat64(this.at - 8, true);
      case "float":
        this.#skipBytes(4);
        return this.#view.getFloat32(this.at - 4, true);
      case "fixed32":
        this.#skipBytes(4);
        return this.#view.getUint32(this.at - 4, true);
      case "sfixed32":
        this.#skipBytes(4);
        return this.#view.getInt32(this.at - 4, true);
      case "fixed64":
      case "sfixed64":
        this.#skipBytes(8);
        this.low = this.#view.getInt32(this.at - 8, true);
        this.high = this.#view.getInt32(this.at - 4, true);
        return this.#wide(kind === "sfixed64");
      default:
        this.readVarint();
        return this.#ofVarint(kind);
    }
  }

  readScalar(kind: ScalarKind): number | bigint | boolean | string {
    return kind === "string" || kind === "bytes" ? this.readText() : this.readNumber(kind);
  }

  /** Whether the enum is closed, and has no name for the number that follows. */
  isUnknownEnum(type: ValueType): boolean {
    if (type.kind !== "enum" || !type.isClosed) return false;
    const { at } = this;
    const number = Number(this.readNumber("int32"));
    this.at = at;
    return !type.names.has(number);
  }

  /** Whether the value from `at` on, which has just been read, is the default of a scalar. */
  isDefault({ kind }: ValueType, at: number): boolean {
    if (kind === "message" || kind === "group") return false;
    const end = this.at;
    this.at = at;
    const isText = kind === "string" || kind === "bytes";
    const value = isText ? this.readLength() : this.readNumber(kind === "enum" ? "int32" : kind);
    this.at = end;
    return value === 0 || value === false;
  }

  /** Reads the length and the bytes of a text. */
  readText(): string {
    const length = this.readLength();
    this.at += length;
    return decoder.decode(this.bytes.subarray(this.at - length, this.at));
  }

  #ofVarint(kind: ScalarKind): number | bigint | boolean {
    const { low, high } = this;
    switch (kind) {
      case "bool":
        return (low | high) !== 0;
      case "int32":
        return low;
      case "uint32":
        return low >>> 0;
      case "sint32":
        return low >>> 1 ^ -(low & 1);
      case "sint64": {
        const sign = -(low & 1);
        this.low = (low >>> 1 | high << 31) ^ sign;
        this.high = high >>> 1 ^ sign;
        return this.#wide(true);
      }
      default:
        return this.#wide(kind === "int64");
    }
  }

  /** The integer of both halves. */
  #wide(isSigned: boolean): number | bigint {
    const high = isSigned ? this.high : this.high >>> 0;
    const low = this.low >>> 0;
    const value = high * TWO_32 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) + BigInt(low);
  }

  #skipBytes(length: number): void {
    if (length > this.end - this.at) throw MALFORMED;
    this.at += length;
  }

  #skipGroup(number: number): void {
    this.enter();
    while (true) {
      const tag = this.readTag();
      if ((tag & 7) === WIRE.endGroup) {
        if (tag >>> 3 !== number) throw MALFORMED;
        return this.leave();
      }
      this.skip(tag);
    }
  }
}
