// The section `records` of the configuration: how a record is read.

import { z } from "zod";
import { oneOf } from "./key.ts";

export const records = z.strictObject({
  format: oneOf("text", "json").prefault("text").describe(
    "The format of values: text, or json for words.from: field.",
  ),
});
