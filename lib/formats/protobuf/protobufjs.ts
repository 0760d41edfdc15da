// The package protobufjs takes some 15 MB of memory, so that it is loaded only for configurations that read Protobuf.

import type protobuf from "protobufjs";
import type descriptor from "protobufjs/ext/descriptor.js";

export interface Protobufjs {
  readonly protobuf: typeof protobuf;
  readonly descriptor: typeof descriptor;
}

let loaded: Protobufjs | undefined;

/** Comes before any use of a Protobuf schema. Later calls do nothing. */
export async function loadProtobufjs(): Promise<void> {
  if (loaded !== undefined) return;
  const [main, extension] = await Promise.all([import("protobufjs"), import("protobufjs/ext/descriptor.js")]);
  loaded = { protobuf: main.default, descriptor: extension.default };
}

/** @throws {Error} before loadProtobufjs() has resolved */
export function protobufjs(): Protobufjs {
  if (loaded === undefined) throw new Error("protobufjs is not loaded: call loadProtobufjs() first");
  return loaded;
}
