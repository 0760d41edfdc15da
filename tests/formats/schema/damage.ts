// Damages encoded values.

import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";

/** Some bytes are changed, removed or added. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const list = [...bytes];
  for (let n = randomInteger(random, 1, 3); n > 0; n--) {
    const at = randomInteger(random, 0, Math.max(0, list.length - 1));
    const byte = random() < 0.3
      ? [0, 1, 0x7f, 0x80, 0xff][randomInteger(random, 0, 4)]
      : randomInteger(random, 0, 255);
    const change = random();
    if (change < 0.6) list[at] = byte;
    else if (change < 0.75) list.splice(at, 1);
    else if (change < 0.9) list.splice(at, 0, byte);
    else list.length = at;
  }
  return Uint8Array.from(list);
}
