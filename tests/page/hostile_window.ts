// Windows with hostile words among plain ones.

import type { FakeWindow } from "../fakes/fake_daemon.ts";

const TOP: readonly (readonly [string, number])[] = [
  "<script>document.title='owned'</script>",
  '"><img src=x onerror=alert(1)>',
  "plain",
  "line\nbreak\r\t",
  "\u202eevil\u202c",
  "שלום",
  "مرحبا بالعالم",
  "zero\u200bwidth",
  "zerowidth",
  "\x1b[31mred\x1b[0m",
  "é",
  "e\u0301",
  "x".repeat(256),
  `${"y".repeat(30_000)}1${"y".repeat(30_000)}`,
  `${"y".repeat(30_000)}2${"y".repeat(30_000)}`,
  " lead",
  "two  blanks",
  "back\\x20slash",
  "Z̸̡̢̛͕a̷̧͓̾l̵̦͝g̵̞̾o̶̞̔",
  "日本語",
].map((word, index) => [word, Math.round(5_000 / (index + 1))] as const);

/** A window with these words; `change` moves some of the counts. */
export const hostileWindow = (change = 0): FakeWindow => ({
  top: TOP.map(([word, count], index) => [word, count + (index % 3) * change] as const),
  distinct: 4_000,
  rising: TOP.map(([word, count], index) => [word, count + change, count / 12, 20 - index / 2] as const),
  newWords: TOP,
});
