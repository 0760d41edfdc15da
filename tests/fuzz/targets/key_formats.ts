// Binary keys: any bytes are a key of a format or are not, by length alone but for UUIDs, and the text names the bytes.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { keyWriter } from "../../../lib/extraction/key_text.ts";
import { MadeBytes } from "../../../lib/formats/made_bytes.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const made = new MadeBytes();
const UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

function textOf(format: "int32" | "int64" | "uuid" | "hex", bytes: Uint8Array): string | undefined {
  const around = Uint8Array.of(7, ...bytes, 7);
  made.clear();
  const isKey = keyWriter(format)?.(around, 1, around.length - 1, made);
  return isKey ? new TextDecoder().decode(made.bytes.subarray(0, made.end)) : undefined;
}

export const keyFormats: FuzzTarget = {
  name: "key-formats",
  seedCorpus: [
    Uint8Array.of(0, 0, 0, 7),
    Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254),
    Uint8Array.from({ length: 16 }, (_, i) => i * 17),
    ...encodeAll([UUID, UUID.toUpperCase(), ""]),
  ],
  maxBytes: 4096,
  run(bytes) {
    const buffer = Buffer.from(bytes);
    const hex = buffer.toString("hex");
    assert.equal(textOf("hex", bytes), hex);
    assert.equal(textOf("int32", bytes), bytes.length === 4 ? String(buffer.readInt32BE()) : undefined);
    assert.equal(textOf("int64", bytes), bytes.length === 8 ? String(buffer.readBigInt64BE()) : undefined);
    const uuid = textOf("uuid", bytes);
    if (bytes.length === 16) assert.equal(uuid?.replaceAll("-", ""), hex);
    else if (uuid !== undefined) assert.equal(uuid, buffer.toString("latin1").toLowerCase());
    if (uuid !== undefined) assert.match(uuid, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    else assert.notEqual(bytes.length, 16);
  },
};
