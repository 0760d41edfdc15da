// Read the screens in tests/golden/top/ when they change.

import assert from "node:assert/strict";
import fc from "fast-check";
import { cellWidth } from "../../lib/top/cell_width.ts";
import { formatWindowLine, renderScreen, type ShownWords } from "../../lib/top/screen.ts";
import type { Line } from "../../lib/top/span.ts";
import { parseStatus, type ShownWindow } from "../../lib/top/shown_window.ts";
import { TopState } from "../../lib/top/top_state.ts";
import { assertGolden } from "../golden/golden_file.ts";

const END_MS = new Date(2026, 10, 22, 10, 0, 2).getTime();
const HOSTILE = [
  "<script>alert(1)</script>",
  "\x1b]0;owned\x07\x1b[2J",
  "line\nbreak\ttab",
  "\u202egnp.exe",
  "zero\u200bwidth",
  "言葉言葉",
  "한국어",
  "👍🏽👩\u200d🔬❤\ufe0f",
  "e\u0301te\u0301",
  `Z${"\u0335".repeat(8)}algo`,
  "שלום",
  "back\\slash",
  "x".repeat(256),
];

function shown(top: readonly (readonly [string, number])[], endMs = END_MS): ShownWindow {
  return {
    startMs: endMs - 60_000,
    endMs,
    records: 1_234,
    words: 56_789,
    distinct: 999,
    error: 0,
    top,
  };
}

function status(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    name: "demo",
    ready: { ready: true },
    health: { ok: true },
    governor: { limit: 71074.8 },
    watermark: END_MS,
    partitions: [{ lag: 1_200_000 }, { lag: 3 }, { lag: null }],
    window: { slide_ms: 2000 },
    rates: { records_per_second: 483.4 },
    totals: { late: { counted: 12, dropped: 1 }, skipped_records: { corrupt: 0 } },
    now: END_MS + 2_300,
    ...changes,
  });
}

function watched(): TopState {
  const state = new TopState();
  state.connected(0);
  state.status = parseStatus(status());
  state.showWindow(
    shown([["supumufe", 4_000], ["nineto", 2_500], ["vu", 700], ["ra", 7]], END_MS - 2_000),
    0,
  );
  state.showWindow(
    shown([["supumufe", 4_477], ["nineto", 2_236], ["vu", 700], ["new\u00a0one", 12], ["ra", 1]]),
    2_000,
  );
  return state;
}

/** The line as a terminal without colours shows it. */
function formatPlain(line: Line): string {
  let text = "";
  for (const { column, text: part } of line) text += " ".repeat(Math.max(0, column - cellWidth(text))) + part;
  return text.trimEnd();
}

function screen(
  state: TopState,
  columns: number,
  rows: number,
  { nowMs = 2_500, words = "top" }: { readonly nowMs?: number; readonly words?: ShownWords } = {},
): string[] {
  return renderScreen(state, { words, size: { columns, rows }, address: "http://127.0.0.1:8000", nowMs })
    .map(formatPlain);
}

async function assertScreen(name: string, lines: readonly string[]): Promise<void> {
  await assertGolden(new URL(`../golden/top/${name}.txt`, import.meta.url), `${lines.join("\n")}\n`);
}

Deno.test("renderScreen() shows a running daemon as in tests/golden/top/", async () => {
  await assertScreen("80x24", screen(watched(), 80, 24));
  await assertScreen("200x50", screen(watched(), 200, 50));
  await assertScreen("40x8", screen(watched(), 40, 8));
});

Deno.test("renderScreen() shows rising words as in tests/golden/top/", async () => {
  const state = watched();
  const rising = [
    { word: "breaking", count: 4_477, expected: 0.4, factor: 431.44 },
    { word: "言葉", count: 1_200, expected: 250.25, factor: 4.65 },
    ...HOSTILE.map((word, i) => ({ word, count: 90 - i, expected: 20, factor: 3.33 })),
  ];
  state.showWindow({ ...shown([["a", 3]], END_MS + 2_000), rising }, 4_000);
  await assertScreen("rising_80x24", screen(state, 80, 24, { words: "rising" }));
  await assertScreen("rising_40x8", screen(state, 40, 8, { words: "rising" }));
});

Deno.test("renderScreen() says why no word rises", () => {
  const state = watched();
  assert.match(screen(state, 80, 24, { words: "rising" }).join("\n"), /rising is off/);
  state.showWindow({ ...shown([["a", 3]], END_MS + 2_000), rising: [] }, 4_000);
  assert.match(
    screen(state, 80, 24, { words: "rising" }).join("\n"),
    /no word comes far more often than usual/,
  );
});

Deno.test("renderScreen() says how many partitions and members the windows of a group have", () => {
  const state = watched();
  state.status = parseStatus(status({ group: { members: 3, partitions: 12 } }));
  assert.match(screen(state, 120, 24).join("\n"), /lag 1.200.003 in 3 of 12 partitions, 3 members/);
  for (const group of [null, {}, { members: "3", partitions: 12 }]) {
    state.status = parseStatus(status({ group }));
    assert.match(screen(state, 120, 24).join("\n"), /lag 1.200.003 in 3 partitions\s/);
  }
});

Deno.test("renderScreen() shows hostile words as in tests/golden/top/", async () => {
  const state = watched();
  state.showWindow(shown(HOSTILE.map((word, i) => [word, (HOSTILE.length - i) * 1_000] as const)), 2_000);
  state.showWindow(shown(HOSTILE.map((word, i) => [word, 13_000 - i] as const), END_MS + 2_000), 4_000);
  await assertScreen("hostile_80x24", screen(state, 80, 24));
});

Deno.test("renderScreen() shows the condition of the daemon, as in tests/golden/top/", async () => {
  const connecting = new TopState();
  await assertScreen("connecting_80x24", screen(connecting, 80, 24));
  const lost = watched();
  lost.lost("Connection refused");
  await assertScreen("reconnecting_80x24", screen(lost, 80, 24));
});

Deno.test("renderScreen() fills a screen of any size, and does not exceed it", () => {
  const anyWord = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom(...HOSTILE));
  const anyCount = fc.nat(2 ** 40);
  fc.assert(
    fc.property(
      fc.nat(120),
      fc.nat(40),
      fc.array(fc.tuple(anyWord, anyCount), { maxLength: 30 }),
      (columns, rows, top) => {
        const state = watched();
        const rising = top.map(([word, count]) => ({ word, count, expected: count / 3, factor: 2.5 }));
        state.showWindow({ ...shown(top, END_MS + 2_000), rising, newWords: top }, 4_000);
        const words = (["top", "rising", "new"] as const)[rows % 3];
        const lines = renderScreen(state, {
          words,
          size: { columns, rows },
          address: "http://a",
          nowMs: 5_000,
        });
        assert.equal(lines.length, rows);
        for (const line of lines) {
          for (const { column, text } of line) {
            assert.ok(column + cellWidth(text) <= columns, text);
            assert.doesNotMatch(text, /(?! )[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/u);
          }
        }
      },
    ),
  );
});

Deno.test("renderScreen() tells long words apart that begin and end alike", () => {
  const words = ["1", "2"].map((middle) => `${"x".repeat(128)}${middle}${"x".repeat(128)}`);
  const state = watched();
  state.showWindow(shown(words.map((word) => [word, 7] as const), END_MS + 2_000), 4_000);
  const [first, second] = screen(state, 80, 24).slice(5, 7).map((row) => row.slice(6, 27).trimEnd());
  assert.match(first, /^x+…#[0-9a-f]{8}$/);
  assert.match(second, /^x+…#[0-9a-f]{8}$/);
  assert.notEqual(first, second);
});

Deno.test("formatWindowLine() is one line, whatever the words are", () => {
  const line = formatWindowLine(shown([["a", 5], ["b\tc\n\x1b[2J", 3]]), "top");
  assert.equal(
    line,
    "2026-11-22 10:00:02\t1234 records\t56789 words\t999 distinct\ta 5\tb\\tc\\n\\x1b[2J 3",
  );
  assert.doesNotMatch(
    formatWindowLine(shown(HOSTILE.map((word) => [word, 1] as const)), "top"),
    /(?!\t)\p{Cc}/u,
  );
});

Deno.test("renderScreen() shows new words as in tests/golden/top/", async () => {
  const state = watched();
  const newWords = [["a word", 20], ["b", 5]] as const;
  state.showWindow({ ...shown([["a", 40]], END_MS + 2_000), newWords }, 4_000);
  await assertScreen("new_80x24", screen(state, 80, 24, { words: "new" }));
});

Deno.test("renderScreen() says why there are no new words", () => {
  const state = watched();
  const text = () => screen(state, 80, 24, { words: "new" }).join("\n");
  state.showWindow(shown([["a", 3]], END_MS + 2_000), 4_000);
  assert.match(text(), /new_words is off/);
  state.showWindow({ ...shown([["a", 3]], END_MS + 4_000), newWords: [] }, 6_000);
  assert.match(text(), /no word is new/);
});

Deno.test("formatWindowLine() shows the new words", () => {
  const line = formatWindowLine({ ...shown([["a", 5]]), newWords: [["b\tc", 3]] }, "new");
  assert.equal(line.split("\t").slice(4).join("|"), "b\\tc 3");
});

Deno.test("formatWindowLine() shows the words that rise", () => {
  const rising = [{ word: "b\tc", count: 30, expected: 2.5, factor: 3.2 }];
  const line = formatWindowLine({ ...shown([["a", 5]]), rising }, "rising");
  assert.equal(line.split("\t").slice(4).join("|"), "b\\tc 30 usual 2.5 factor 3.2");
});
