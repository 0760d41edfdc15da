import assert from "node:assert/strict";
import { parseStatus, type ShownWindow } from "../../lib/top/shown_window.ts";
import { type Condition, TopState } from "../../lib/top/top_state.ts";

function shown(endMs: number, top: readonly (readonly [string, number])[] = [], records = 1): ShownWindow {
  return { startMs: endMs - 60_000, endMs, records, words: 1, distinct: 1, error: 0, top };
}

function statusOf(changes: Record<string, unknown>) {
  return parseStatus(JSON.stringify({ ready: { ready: true }, ...changes }));
}

Deno.test("TopState.condition() tells the condition of the daemon", async (t) => {
  const table: readonly (readonly [string, (state: TopState) => void, Condition])[] = [
    ["at first", () => {}, { kind: "waiting", text: "connecting" }],
    ["refused at first", (state) => state.lost("Connection refused"), {
      kind: "bad",
      text: "cannot connect: Connection refused",
    }],
    ["connected", (state) => state.connected(0), { kind: "waiting", text: "waiting for the first window" }],
    ["a window", (state) => {
      state.connected(0);
      state.showWindow(shown(2_000), 0);
    }, { kind: "good", text: "ready" }],
    ["a window without records", (state) => {
      state.connected(0);
      state.showWindow(shown(2_000, [], 0), 0);
    }, { kind: "waiting", text: "no records in the window" }],
    ["lost", (state) => {
      state.connected(0);
      state.showWindow(shown(2_000), 0);
      state.lost("the stream has ended");
    }, { kind: "bad", text: "reconnecting: the stream has ended" }],
    ["not ready", (state) => {
      state.connected(0);
      state.status = statusOf({ ready: { ready: false, reason: "reading back 1 of 4 records (25 %)" } });
    }, { kind: "waiting", text: "not ready: reading back 1 of 4 records (25 %)" }],
    ["not healthy", (state) => {
      state.connected(0);
      state.status = statusOf({ health: { ok: false, reason: "nothing has been processed for 20 s" } });
    }, { kind: "waiting", text: "not ready: nothing has been processed for 20 s" }],
  ];
  for (const [name, change, condition] of table) {
    await t.step(name, () => {
      const state = new TopState();
      change(state);
      assert.deepEqual(state.condition(5_000), condition);
    });
  }
});

Deno.test("TopState.condition() is stale after three slides, and ten seconds at least, without a window", () => {
  const state = new TopState();
  state.connected(0);
  state.showWindow(shown(2_000), 1_000);
  state.status = statusOf({ window: { slide_ms: 2_000 } });
  assert.equal(state.condition(11_000).text, "ready");
  assert.deepEqual(state.condition(12_500), {
    kind: "bad",
    text: "stale: no window has closed for 11 s",
  });
  state.status = statusOf({ window: { slide_ms: 60_000 } });
  assert.equal(state.condition(181_000).text, "ready");
  assert.equal(state.condition(182_000).kind, "bad");
});

Deno.test("TopState.changeOf() is the change since the window before", () => {
  const state = new TopState();
  state.showWindow(shown(2_000, [["a", 5], ["b", 3]]), 0);
  assert.equal(state.changeOf("a", 5), undefined, "there was none before");
  state.showWindow(shown(4_000, [["a", 7], ["c", 3]]), 0);
  state.showWindow(shown(4_000, [["a", 7], ["c", 3]]), 0);
  assert.equal(state.changeOf("a", 7), 2);
  assert.equal(state.changeOf("c", 3), "new");
});
