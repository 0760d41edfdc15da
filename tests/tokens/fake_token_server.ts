// An authorization server whose answers a test chooses.

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authorization: string | null;
  readonly form: Readonly<Record<string, string>>;
}

export interface FakeTokenServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
}

/** Listens on loopback; over TLS with a certificate. */
export function startTokenServer(
  answer: (request: SeenRequest) => Response | Promise<Response>,
  tls: { readonly cert: string; readonly key: string } | undefined = undefined,
): FakeTokenServer {
  const seen: SeenRequest[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, ...tls }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const asked: SeenRequest = {
      method: request.method,
      path: pathname + search,
      authorization: request.headers.get("authorization"),
      form: Object.fromEntries(new URLSearchParams(await request.text())),
    };
    seen.push(asked);
    return await answer(asked);
  });
  const scheme = tls === undefined ? "http" : "https";
  return {
    url: `${scheme}://127.0.0.1:${server.addr.port}`,
    seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
