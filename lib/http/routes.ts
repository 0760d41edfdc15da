// The answer of each path. This file knows no connections.

import { gzipSync } from "node:zlib";
import type { Exposition, ExpositionFormat } from "../metrics/metrics.ts";
import type { Readiness } from "../source/source.ts";
import { MAX_TOP } from "../window/sliding_window.ts";
import { acceptsGzip, prefersOpenMetrics } from "./accept.ts";
import { errorAnswer, type HttpAnswer } from "./answer.ts";
import openApi from "./openapi.json" with { type: "json" };
import { answerPage, prefersPage } from "./page.ts";
import type { WindowFeed } from "./window_feed.ts";

/** The scheme and host of a target that names the server, too. */
const ORIGIN = /^https?:\/\/[^/?#]+/i;
/** The rest of the path is a word, slashes included. */
const WORDS_PREFIX = "/api/v1/words/";
/** The time that a browser waits before it reconnects a lost stream. */
const STREAM_RETRY_MS = 2000;
/** Longer metrics are not compressed, because that would block the loop for too long. */
export const MAX_GZIPPED_CHARACTERS = 1024 * 1024;

/** An answer about the last closed window: as JSON, or why there is nothing to say. */
export type WindowAnswer =
  | { readonly kind: "found"; readonly json: string }
  | { readonly kind: "absent" | "unknown"; readonly reason: string };

/** The port from the server to the daemon. */
export interface HttpView {
  metrics(format: ExpositionFormat): Promise<Exposition>;
  /** Whether the process itself works; an outage that is being retried is no failure. */
  health(): { readonly ok: boolean; readonly reason?: string };
  ready(): Readiness;
  /** The last closed window as JSON with its first k words, k undefined: `top`; undefined before the first window. */
  topJson(k: number | undefined): string | undefined;
  /** How often the word occurs in the last closed window, pane by pane; `unknown` will pass by itself. */
  word(word: string): WindowAnswer;
  /** The first k words that rise in the last closed window, k undefined: `top`. */
  rising(k: number | undefined): WindowAnswer;
  /** The first k words that are new in the last closed window, k undefined: `top`. */
  newWords(k: number | undefined): WindowAnswer;
  /** Each closed window, those without records included. */
  readonly windows: WindowFeed;
  /** Anything that JSON can say; without secrets. */
  status(): Promise<unknown>;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly accept: string | null;
  readonly lastEventId: string | null;
  readonly ifNoneMatch: string | null;
  readonly acceptEncoding: string | null;
}

type Handler = (
  view: HttpView,
  request: HttpRequest,
  query: URLSearchParams,
) => HttpAnswer | Promise<HttpAnswer>;

const ROUTES: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["/", answerRoot],
  ["/metrics", answerMetrics],
  ["/healthz", answerHealth],
  ["/readyz", answerReadiness],
  ["/api/v1/top", answerTop],
  ["/api/v1/rising", (view, _request, query) => answerWords(query, (k) => view.rising(k))],
  ["/api/v1/new", (view, _request, query) => answerWords(query, (k) => view.newWords(k))],
  ["/api/v1/status", async (view) => json(200, await view.status())],
  ["/api/v1/stream", answerStream],
  ["/api/v1/openapi.json", () => json(200, openApi)],
]);

/** Answers a request; rejects only where the view fails. HEAD is answered as GET: leaving out the body is the caller's. */
export async function answerRequest(request: HttpRequest, view: HttpView): Promise<HttpAnswer> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") {
    return methodNotAllowed();
  }
  const target = request.target.replace(ORIGIN, "");
  const queryStart = target.indexOf("?");
  const path = decodePath((queryStart < 0 ? target : target.slice(0, queryStart)) || "/");
  if (path === undefined) return errorAnswer(400, "the path is not percent-encoded UTF-8");
  if (path.startsWith(WORDS_PREFIX)) return answerWindow(view.word(path.slice(WORDS_PREFIX.length)));
  const handler = ROUTES.get(path);
  if (handler === undefined) return errorAnswer(404, "there is nothing at this path");
  return await handler(view, request, new URLSearchParams(queryStart < 0 ? "" : target.slice(queryStart)));
}

export function methodNotAllowed(): HttpAnswer {
  return errorAnswer(405, "only GET and HEAD are allowed", { Allow: "GET, HEAD" });
}

/** Browsers get the page and Prometheus the metrics: the Spark lab scrapes this path (docs/spark-lab.md). */
async function answerRoot(view: HttpView, request: HttpRequest): Promise<HttpAnswer> {
  if (prefersPage(request.accept)) return answerPage(request);
  return await answerMetrics(view, request);
}

async function answerMetrics(
  view: HttpView,
  { accept, acceptEncoding }: HttpRequest,
): Promise<HttpAnswer> {
  const { contentType, body } = await view.metrics(prefersOpenMetrics(accept) ? "openmetrics" : "text");
  const fields = { Vary: "Accept, Accept-Encoding" };
  if (!acceptsGzip(acceptEncoding) || body.length > MAX_GZIPPED_CHARACTERS) {
    return { status: 200, contentType, body, fields };
  }
  const gzipped = gzipSync(body, { level: 1 });
  return { status: 200, contentType, body: gzipped, fields: { ...fields, "Content-Encoding": "gzip" } };
}

function answerHealth(view: HttpView): HttpAnswer {
  const { ok, reason } = view.health();
  return ok ? plain("ok") : errorAnswer(503, reason ?? "the process does not work");
}

function answerReadiness(view: HttpView): HttpAnswer {
  const readiness = view.ready();
  if (!readiness.ready) return errorAnswer(503, readiness.reason);
  return plain(readiness.note === undefined ? "ok" : `ok, but ${readiness.note}`);
}

function answerTop(view: HttpView, _request: HttpRequest, query: URLSearchParams): HttpAnswer {
  const k = wantedWords(query);
  if (typeof k === "object") return k;
  const body = view.topJson(k);
  return body === undefined ? errorAnswer(404, "no window has closed yet") : jsonText(200, body);
}

function answerWords(query: URLSearchParams, find: (k: number | undefined) => WindowAnswer): HttpAnswer {
  const k = wantedWords(query);
  return typeof k === "object" ? k : answerWindow(find(k));
}

/** The parameter k, undefined without one, or why it is refused. */
function wantedWords(query: URLSearchParams): number | undefined | HttpAnswer {
  const values = query.getAll("k");
  if (values.length === 0) return undefined;
  const k = Number(values[0]);
  if (values.length === 1 && /^\d{1,4}$/.test(values[0]) && k >= 1 && k <= MAX_TOP) return k;
  return errorAnswer(
    400,
    `k is ${JSON.stringify(values.join())}, wanted a whole number from 1 to ${MAX_TOP}`,
  );
}

function answerWindow(answer: WindowAnswer): HttpAnswer {
  if (answer.kind === "found") return jsonText(200, answer.json);
  return errorAnswer(answer.kind === "absent" ? 404 : 503, answer.reason);
}

/** The header wins: a browser that comes back repeats the address it was given first. */
function answerStream(view: HttpView, { lastEventId }: HttpRequest, query: URLSearchParams): HttpAnswer {
  const given = lastEventId === null ? query.getAll("last_event_id") : [lastEventId];
  if (given.length > 1 || (given.length === 1 && !/^\d{1,16}$/.test(given[0]))) {
    return errorAnswer(
      400,
      `the last event id is ${JSON.stringify(given.join())}, wanted a window's end in milliseconds, or 0`,
    );
  }
  const { windows } = view;
  return {
    status: 200,
    contentType: "text/event-stream",
    body: `: each window when it closes\nretry: ${STREAM_RETRY_MS}\n\n`,
    // Or else nginx would keep events back until its buffer is full.
    fields: { "X-Accel-Buffering": "no" },
    eventsFrom: given.length === 0 ? windows.newest : windows.after(Number(given[0])),
  };
}

function json(status: number, value: unknown): HttpAnswer {
  return jsonText(status, JSON.stringify(value));
}

function jsonText(status: number, text: string): HttpAnswer {
  return { status, contentType: "application/json; charset=utf-8", body: `${text}\n` };
}

function plain(body: string): HttpAnswer {
  return { status: 200, contentType: "text/plain; charset=utf-8", body };
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
