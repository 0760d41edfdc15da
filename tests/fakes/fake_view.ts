// The view of an idle daemon, for tests of the HTTP server.

import type { HttpView } from "../../lib/http/routes.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";

export function fakeView(changes: Partial<HttpView> = {}): HttpView {
  return {
    metrics: () => Promise.resolve({ contentType: "text/plain", body: "" }),
    health: () => ({ ok: true }),
    ready: () => ({ ready: true }),
    topJson: () => undefined,
    word: () => ({ kind: "absent", reason: "" }),
    rising: () => ({ kind: "absent", reason: "" }),
    newWords: () => ({ kind: "absent", reason: "" }),
    windows: new WindowFeed(),
    status: () => Promise.resolve({}),
    ...changes,
  };
}
