// The part of Grafana's HTTP API that the tests use (https://grafana.com/docs/grafana/latest/developers/http_api/): its
// paths, rights, status codes and answers. Like Grafana it finds out a data source's health by a query.

export interface FakeGrafanaOptions {
  readonly dataSources?: readonly {
    readonly uid: string;
    readonly name: string;
    readonly type: string;
    readonly url: string;
  }[];
  readonly dashboards?: readonly {
    readonly uid: string;
    readonly title: string;
    readonly tags: readonly string[];
  }[];
  readonly database?: "ok" | "failing";
}

/** Tokens of service accounts with these roles. A viewer may use data sources, but not list them. */
export const ADMIN_TOKEN = "glsa_admin_1f2e3d4c";
export const VIEWER_TOKEN = "glsa_viewer_5b6a7988";

export class FakeGrafana implements AsyncDisposable {
  readonly url: string;
  /** `METHOD PATH` of every request. */
  readonly requests: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #options: Required<FakeGrafanaOptions>;

  constructor({ dataSources = [], dashboards = [], database = "ok" }: FakeGrafanaOptions = {}) {
    this.#options = { dataSources, dashboards, database };
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search, searchParams } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    const { dashboards, dataSources, database } = this.#options;
    if (pathname === "/api/health") {
      const status = database === "ok" ? 200 : 503;
      return Response.json({ commit: "unknown", database, version: "11.2.0" }, { status });
    }
    const role = roleOf(request);
    if (role instanceof Response) return role;
    if (pathname === "/api/datasources") {
      if (role !== "admin") return denied("datasources:read");
      return Response.json(
        dataSources.map((one, i) => ({
          id: i + 1,
          orgId: 1,
          access: "proxy",
          isDefault: i === 0,
          readOnly: true,
          ...one,
        })),
      );
    }
    const proxied = /^\/api\/datasources\/proxy\/uid\/([^/]+)(\/.*)$/.exec(pathname);
    if (proxied !== null) {
      const one = dataSources.find(({ uid }) => uid === decodeURIComponent(proxied[1]));
      return one === undefined
        ? notFound("Data source not found")
        : await proxy(`${one.url}${proxied[2]}${search}`);
    }
    const health = /^\/api\/datasources\/uid\/([^/]+)\/health$/.exec(pathname);
    if (health !== null) {
      const one = dataSources.find(({ uid }) => uid === decodeURIComponent(health[1]));
      return one === undefined ? notFound("Data source not found") : await healthOf(one.url);
    }
    const dashboard = /^\/api\/dashboards\/uid\/([^/]+)$/.exec(pathname);
    if (dashboard !== null) {
      const one = dashboards.find(({ uid }) => uid === decodeURIComponent(dashboard[1]));
      if (one === undefined) return notFound("Dashboard not found");
      return Response.json({ meta: { type: "db", slug: one.uid, provisioned: true }, dashboard: one });
    }
    if (pathname === "/api/search") {
      const wanted = searchParams.getAll("tag");
      const found = dashboards.filter(({ tags }) => wanted.every((tag) => tags.includes(tag)));
      return Response.json(
        found.map((one, i) => ({ id: i + 1, type: "dash-db", uri: `db/${one.uid}`, ...one })),
      );
    }
    return notFound("Not found");
  }
}

/** The role of the client, or the refusal. */
function roleOf(request: Request): "admin" | "viewer" | Response {
  const authorization = request.headers.get("authorization");
  if (authorization === `Bearer ${ADMIN_TOKEN}`) return "admin";
  if (authorization === `Bearer ${VIEWER_TOKEN}`) return "viewer";
  const refusal = authorization === null
    ? { message: "Unauthorized", messageId: "auth.unauthorized" }
    : { message: "Invalid API key", messageId: "api-key.invalid" };
  return Response.json({ extra: null, ...refusal, statusCode: 401, traceID: "" }, { status: 401 });
}

function denied(permission: string): Response {
  const message =
    `You'll need additional permissions to perform this action. Permissions needed: ${permission}`;
  return Response.json({ accessErrorId: "ACE0000000001", message, title: "Access denied" }, { status: 403 });
}

function notFound(message: string): Response {
  return Response.json({ message, traceID: "" }, { status: 404 });
}

async function proxy(url: string): Promise<Response> {
  try {
    return await fetch(url);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Response.json({ message: "Bad Gateway" }, { status: 502 });
  }
}

async function healthOf(url: string): Promise<Response> {
  try {
    const response = await fetch(`${url}/api/v1/query?query=1%2B1`);
    const { status } = await response.json();
    if (status === "success") {
      return Response.json({ message: "Successfully queried the Prometheus API.", status: "OK" });
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // nobody answers there
  }
  const message = `Post "${url}/api/v1/query": dial tcp: connect: connection refused - There was an error ` +
    "returned querying the Prometheus API.";
  return Response.json({ message, status: "ERROR" }, { status: 400 });
}
