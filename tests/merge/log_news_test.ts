import assert from "node:assert/strict";
import { LogNews } from "../../lib/merge/log_news.ts";
import { settle } from "../fakes/settle.ts";

Deno.test("LogNews.wait() ends at the next news, or with the signal", async () => {
  const news = new LogNews();
  const ended: string[] = [];
  const stopping = new AbortController();
  const never = new AbortController();
  for (const [name, { signal }] of [["a", stopping], ["b", never]] as const) {
    void news.wait(signal).then(() => ended.push(name));
  }
  await settle();
  assert.deepEqual(ended, []);
  stopping.abort();
  await settle();
  assert.deepEqual(ended, ["a"]);
  news.tell();
  await settle();
  assert.deepEqual(ended, ["a", "b"]);
  await news.wait(stopping.signal);
});
