// Requests, after the runtime's parser: whatever the path and the header fields are, the answer is one that the API has.

import assert from "node:assert/strict";
import { parseAccept, qualityOf } from "../../../lib/http/accept.ts";
import { answerRequest } from "../../../lib/http/routes.ts";
import { fakeView } from "../../fakes/fake_view.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const STATUSES = [200, 304, 400, 404, 405, 503];
const OFFERS = [
  { type: "application/openmetrics-text", version: "1.0.0" },
  { type: "text/plain", version: "0.0.4" },
  { type: "text/plain" },
];
const view = fakeView({
  ready: () => ({ ready: false, reason: "no broker answers" }),
  topJson: (k) => {
    assert.ok(k === undefined || (Number.isInteger(k) && k >= 1 && k <= 1000), `k is ${k}`);
    return `{"k":${k ?? null}}`;
  },
  word: (word) => ({ kind: "absent", reason: `${JSON.stringify(word)} is not in the last closed window` }),
});

export const httpRequest: FuzzTarget = {
  name: "http-request",
  seedCorpus: encodeAll([
    "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1\r\n\r\n",
    "GET http://a:1/api/v1/top?k=5&k=%35 HTTP/1.1\nHost: a\nConnection: keep-alive, close\n\n",
    "HEAD /%72eadyz? HTTP/1.0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
    "GET /api/v1/words/%F0%9F%98%80/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /api/v1/stream?last_event_id=1700000000000 HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 7\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nAccept-Encoding: br, gzip;q=0.5\r\nIf-None-Match: *\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ]),
  dictionary: encodeAll([
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "?k=",
    "%00",
    "%ff",
    "%",
    "&",
    "/../",
    "//",
    "Host: b\r\n",
  ])
    .concat(
      encodeAll([
        "Accept: ",
        "*/*",
        ";q=",
        "version=",
        ",",
        "HTTP/1.1",
        " ",
        "\t",
        "/api/v1/top",
        "\x00",
        "Last-Event-ID: ",
        "If-None-Match: ",
        "text/html",
        "gzip",
      ]),
    ),
  async run(bytes) {
    const text = Buffer.from(bytes).toString("latin1");
    for (const accept of [text, text.slice(0, 100)]) checkAccept(accept);
    const [requestLine, ...lines] = text.split(/\r?\n/);
    const [method, target = ""] = requestLine.split(" ");
    const fields = new Map(lines.map((line) => {
      const colon = Math.max(0, line.indexOf(":"));
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const field = (name: string) => fields.get(name) ?? null;
    const answer = await answerRequest({
      method,
      target,
      accept: field("accept"),
      lastEventId: field("last-event-id"),
      ifNoneMatch: field("if-none-match"),
      acceptEncoding: field("accept-encoding"),
    }, view);
    assert.ok(STATUSES.includes(answer.status), `status ${answer.status}`);
    assert.doesNotMatch(JSON.stringify([answer.contentType, answer.fields ?? {}]), /\\r|\\n/);
    if (answer.contentType.startsWith("application/json")) JSON.parse(String(answer.body));
    if (answer.eventsFrom !== undefined) assert.ok(Number.isSafeInteger(answer.eventsFrom));
  },
};

function checkAccept(header: string): void {
  const ranges = parseAccept(header);
  for (const { quality } of ranges) assert.ok(quality >= 0 && quality <= 1, `quality ${quality}`);
  for (const offer of OFFERS) {
    const quality = qualityOf(ranges, offer);
    assert.ok(quality >= 0 && quality <= 1, `quality ${quality}`);
  }
}
