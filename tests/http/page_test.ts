import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { answerPage, prefersPage } from "../../lib/http/page.ts";
import { startHttpServer } from "../../lib/http/server.ts";
import { html } from "../../lib/http/page_document.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { fakeView } from "../fakes/fake_view.ts";

Deno.test("prefersPage() is for browsers; Prometheus, curl and who does not care get metrics", () => {
  const table: readonly (readonly [accept: string | null, prefers: boolean])[] = [
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", true],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
    ["text/html", true],
    ["text/html;q=0.5, text/plain;q=0.4", true],
    ["text/*;q=0.3, text/html;q=0.7, */*;q=0.1", true],
    [null, false],
    ["", false],
    ["*/*", false],
    ["text/*", false],
    ["text/plain, text/html", false],
    ["text/html;q=0.4, text/plain;version=0.0.4", false],
    ["text/html;q=0", false],
    ["application/json", false],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
      "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
      "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      false,
    ],
  ];
  for (const [accept, prefers] of table) assert.equal(prefersPage(accept), prefers, `${accept}`);
});

Deno.test("answerPage() allows the page what it has itself, and nothing else", () => {
  const { status, contentType, fields, body } = answerPage({ ifNoneMatch: null, acceptEncoding: null });
  assert.deepEqual([status, contentType], [200, "text/html; charset=utf-8"]);
  assert.equal(new TextDecoder().decode(body as Uint8Array), html);
  assert.equal(fields.Vary, "Accept, Accept-Encoding");
  assert.equal(fields["Referrer-Policy"], "no-referrer");
  assert.equal(fields["Cache-Control"], "no-cache");
  const policy = fields["Content-Security-Policy"].split("; ");
  for (
    const directive of [
      "default-src 'none'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]
  ) assert.ok(policy.includes(directive), directive);
  assert.doesNotMatch(fields["Content-Security-Policy"], /unsafe|\*/);
});

Deno.test("answerPage() says nothing anew to who has the page", () => {
  const tag = answerPage({ ifNoneMatch: null, acceptEncoding: null }).fields.ETag;
  const table: readonly (readonly [ifNoneMatch: string, status: number])[] = [
    [tag, 304],
    [`W/${tag}`, 304],
    [`"other", ${tag}`, 304],
    ["*", 304],
    ['"other"', 200],
    ["", 200],
  ];
  for (const [ifNoneMatch, status] of table) {
    assert.equal(answerPage({ ifNoneMatch, acceptEncoding: null }).status, status, ifNoneMatch);
  }
  // The compressed page has another tag.
  assert.equal(answerPage({ ifNoneMatch: tag, acceptEncoding: "gzip" }).status, 200);
});

Deno.test("answerPage() packs the page for who takes it so", () => {
  const table: readonly (readonly [acceptEncoding: string | null, encoding: string | undefined])[] = [
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "gzip"],
    ["br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip"],
    ["GZIP ; q=0.001", "gzip"],
    ["gzip;q=0", undefined],
    ["gzip;q=0.000", undefined],
    ["identity", undefined],
    ["", undefined],
    [null, undefined],
  ];
  for (const [acceptEncoding, encoding] of table) {
    const { fields, body } = answerPage({ ifNoneMatch: null, acceptEncoding });
    assert.equal(fields["Content-Encoding"], encoding, `${acceptEncoding}`);
    const bytes = encoding === undefined ? body as Uint8Array : gunzipSync(body as Uint8Array);
    assert.equal(new TextDecoder().decode(bytes), html);
  }
});

Deno.test("startHttpServer() answers / with the page or with metrics, and tells caches that it is one of both", async () => {
  const metrics = () => Promise.resolve({ contentType: "text/plain; version=0.0.4", body: "up 1\n" });
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: fakeView({ metrics }),
    log: silentLog,
  });
  const get = async (headers: Record<string, string>) => {
    const response = await fetch(server.url, { headers });
    return { response, text: await response.text() };
  };
  const scraped = await get({ accept: "*/*" });
  assert.equal(scraped.text, "up 1\n");
  assert.match(scraped.response.headers.get("vary") ?? "", /\baccept\b/i);
  const { response, text } = await get({ accept: "text/html" });
  assert.equal(text, html);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  const again = await get({ "accept": "text/html", "if-none-match": response.headers.get("etag")! });
  assert.deepEqual([again.response.status, again.text], [304, ""]);
  assert.equal(again.response.headers.get("content-length"), null);
  await server.stop();
});
