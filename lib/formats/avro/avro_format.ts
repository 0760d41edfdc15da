// avroFormat makes the readers of Avro values. It implements the interface that all formats with schemas share
// (formats/schema/value_schema.ts).

import type { SchemaFormat } from "../schema/value_schema.ts";
import { AvroReader } from "./avro_reader.ts";
import { parseAvroSchema } from "./avro_schema.ts";

export const avroFormat: SchemaFormat = {
  registryType: "AVRO",
  compile({ text, references }, plan) {
    const { type, sizeBytes } = parseAvroSchema(text, references.map((reference) => reference.text));
    const reader = new AvroReader(type, plan);
    return {
      sizeBytes,
      read: ({ bytes, start, end }, found, row) => reader.read(bytes, start, end, found, row),
    };
  },
};
