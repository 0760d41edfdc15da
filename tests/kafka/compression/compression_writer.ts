// Compresses data for the tests of lib/kafka/compression, with every option of the formats.

import { gzipSync, zstdCompressSync } from "node:zlib";

export const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type Codec = keyof typeof CODECS;

/** As a Java producer compresses a batch. */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return gzipSync(bytes);
    case "snappy":
      return writeSnappyJava(bytes);
    case "lz4":
      return writeLz4Frame(bytes);
    case "zstd":
      return zstdCompressSync(bytes);
  }
}

export function writeSnappyRaw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let rest = bytes.length;
  do {
    out.push(rest > 127 ? (rest & 127) | 128 : rest);
    rest >>>= 7;
  } while (rest > 0);
  for (const { literals, distance, length } of sequences(bytes, 0, bytes.length)) {
    if (literals.length > 0) writeSnappyLiterals(out, literals);
    for (let left = length; left > 0;) {
      // A copy of fewer than 4 bytes has only the longer forms.
      const step = Math.min(left, 64);
      if (step >= 4 && step <= 11 && distance < 2048) {
        out.push(1 | (step - 4) << 2 | distance >>> 8 << 5, distance & 255);
      } else if (distance < 65536) out.push(2 | (step - 1) << 2, ...littleEndian(distance, 2));
      else out.push(3 | (step - 1) << 2, ...littleEndian(distance, 4));
      left -= step;
    }
  }
  return Uint8Array.from(out);
}

function writeSnappyLiterals(out: number[], literals: Uint8Array): void {
  const last = literals.length - 1;
  const lengthBytes = last < 60 ? 0 : last < 256 ? 1 : last < 65536 ? 2 : last < 1 << 24 ? 3 : 4;
  out.push((lengthBytes === 0 ? last : 59 + lengthBytes) << 2, ...littleEndian(last, lengthBytes));
  for (const byte of literals) out.push(byte);
}

/** The blocks of snappy-java's SnappyOutputStream. */
export function writeSnappyJava(bytes: Uint8Array, blockBytes = 32 * 1024): Uint8Array {
  const parts: Uint8Array[] = [
    Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1),
  ];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = writeSnappyRaw(bytes.subarray(at, at + blockBytes));
    parts.push(Uint8Array.from(littleEndian(block.length, 4).reverse()), block);
  }
  return concat(parts);
}

export interface Lz4FrameOptions {
  readonly linked?: boolean;
  readonly blockChecksums?: boolean;
  readonly contentChecksum?: boolean;
  readonly contentSize?: boolean;
  /** 4: 64 KiB, 5: 256 KiB, 6: 1 MiB, 7: 4 MiB. */
  readonly blockSizeId?: 4 | 5 | 6 | 7;
}

/** Checksums are zeros, as readers of Kafka's batches ignore them, except the header's, which brokers check. */
export function writeLz4Frame(bytes: Uint8Array, options: Lz4FrameOptions = {}): Uint8Array {
  const { linked, blockChecksums, contentChecksum, contentSize, blockSizeId = 4 } = options;
  const flags = 0x40 | (linked ? 0 : 0x20) | (blockChecksums ? 0x10 : 0) | (contentSize ? 0x08 : 0) |
    (contentChecksum ? 0x04 : 0);
  const checksum = new Uint8Array(4);
  const parts: Uint8Array[] = [Uint8Array.of(0x04, 0x22, 0x4d, 0x18, flags, blockSizeId << 4)];
  if (contentSize) parts.push(Uint8Array.from([...littleEndian(bytes.length, 4), 0, 0, 0, 0]));
  parts.push(Uint8Array.of(headerChecksum(concat(parts).subarray(4))));
  const blockBytes = 1 << (8 + 2 * blockSizeId);
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const end = Math.min(bytes.length, at + blockBytes);
    const block = writeLz4Block(bytes, { start: at, end, reach: linked ? 0 : at });
    const isSmaller = block.length < end - at;
    const size = isSmaller ? block.length : (end - at) + 0x8000_0000;
    parts.push(Uint8Array.from(littleEndian(size, 4)), isSmaller ? block : bytes.subarray(at, end));
    if (blockChecksums) parts.push(checksum);
  }
  parts.push(new Uint8Array(4));
  if (contentChecksum) parts.push(checksum);
  return concat(parts);
}

/** The second byte of xxHash32 for fewer than sixteen bytes. */
function headerChecksum(bytes: Uint8Array): number {
  const rotate = (value: number, bits: number) => value << bits | value >>> (32 - bits);
  let hash = 0x165667b1 + bytes.length;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
    hash = Math.imul(rotate(hash + Math.imul(word, 0xc2b2ae3d), 17), 0x27d4eb2f);
  }
  for (; at < bytes.length; at++) {
    hash = Math.imul(rotate(hash + Math.imul(bytes[at], 0x165667b1), 11), 0x9e3779b1);
  }
  hash = Math.imul(hash ^ hash >>> 15, 0x85ebca77);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae3d);
  return (hash ^ hash >>> 16) >>> 8 & 255;
}

/** `reach`: the largest distance of a match. */
export function writeLz4Block(
  bytes: Uint8Array,
  { start, end, reach }: { start: number; end: number; reach: number },
): Uint8Array {
  const out: number[] = [];
  // In this format the last 5 bytes are literals.
  const tail = Math.max(start, end - 5);
  const all = [...sequences(bytes, start, tail, reach)];
  const last = all[all.length - 1];
  const openLiterals = last !== undefined && last.length === 0 ? last.literals.length : 0;
  if (openLiterals > 0) all.pop();
  all.push({ literals: bytes.subarray(tail - openLiterals, end), distance: 0, length: 0 });
  for (const { literals, distance, length } of all) {
    const more = length === 0 ? 0 : length - 4;
    out.push(Math.min(15, literals.length) << 4 | Math.min(15, more));
    writeLz4Length(out, literals.length);
    for (const byte of literals) out.push(byte);
    if (length === 0) continue;
    out.push(...littleEndian(distance, 2));
    writeLz4Length(out, more);
  }
  return Uint8Array.from(out);
}

function writeLz4Length(out: number[], length: number): void {
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) out.push(255);
  if (rest >= 0) out.push(rest);
}

interface Sequence {
  readonly literals: Uint8Array;
  readonly distance: number;
  /** 0 for none. */
  readonly length: number;
}

/** Greedy: the last position of the same four bytes, at most 65,535 bytes back. */
function* sequences(bytes: Uint8Array, start: number, end: number, reach = start): Generator<Sequence> {
  const seen = new Map<number, number>();
  const keyAt = (i: number) => bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
  for (let i = Math.max(reach, start - 65535); i + 4 <= start; i++) seen.set(keyAt(i), i);
  let literalStart = start;
  let i = start;
  // No match may start within the last 12 bytes.
  while (i + 7 <= end) {
    const key = keyAt(i);
    const match = seen.get(key);
    seen.set(key, i);
    if (match === undefined || i - match > 65535) {
      i++;
      continue;
    }
    let length = 4;
    while (i + length < end && bytes[match + length] === bytes[i + length]) length++;
    yield { literals: bytes.subarray(literalStart, i), distance: i - match, length };
    i += length;
    literalStart = i;
  }
  if (literalStart < end) yield { literals: bytes.subarray(literalStart, end), distance: 0, length: 0 };
}

function littleEndian(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** i) & 255);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
