// A schema registry with Confluent's interface, as far as serializers and rtcount use it, and with faults.

interface Registered {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly unknown[];
}

interface Version extends Registered {
  readonly id: number;
  readonly guid: string;
}

/** The answer to a request; undefined for that of a registry. */
export type Fault = (path: string, request: Request) => Response | Promise<Response> | undefined;

export class FakeRegistry implements AsyncDisposable {
  /** The paths of all requests, in order. */
  readonly requests: string[] = [];
  fault: Fault = () => undefined;
  readonly #schemas: Version[] = [];
  readonly #subjects = new Map<string, Version[]>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(tls: { readonly cert?: string; readonly key?: string; readonly port?: number } = {}) {
    const { port = 0, ...certificate } = tls;
    const options = { hostname: "127.0.0.1", port, onListen() {}, ...certificate };
    this.#server = Deno.serve(options as Deno.ServeTcpOptions, (request) => this.#answer(request));
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Returns the schema's id. */
  register(subject: string, registered: Registered): number {
    return this.#register(subject, registered).id;
  }

  guidOf(id: number): string {
    return this.#schemas[id - 1].guid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #register(subject: string, registered: Registered): Version {
    const isSame = (one: Version) => JSON.stringify(partOf(one)) === JSON.stringify(partOf(registered));
    let version = this.#schemas.find(isSame);
    if (version === undefined) {
      version = { ...partOf(registered), id: this.#schemas.length + 1, guid: crypto.randomUUID() };
      this.#schemas.push(version);
    }
    const versions = this.#subjects.get(subject) ?? [];
    this.#subjects.set(subject, versions);
    if (!versions.includes(version)) versions.push(version);
    return version;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.requests.push(pathname + search);
    const fault = await this.fault(pathname, request);
    if (fault !== undefined) return fault;
    const [, ...parts] = pathname.split("/").map(decodeURIComponent);
    if (pathname === "/schemas/types") return Response.json(["JSON", "PROTOBUF", "AVRO"]);
    if (parts[0] === "schemas" && (parts[1] === "ids" || parts[1] === "guids")) {
      const found = this.#schemas.find(({ id, guid }) =>
        parts[1] === "ids" ? id === Number(parts[2]) : guid === parts[2]
      );
      return found === undefined
        ? missing(40403, "Schema not found")
        : Response.json({ ...partOf(found), guid: found.guid });
    }
    if (parts[0] !== "subjects") return new Response("<html>no such page</html>", { status: 404 });
    const [, subject, , number] = parts;
    if (request.method === "POST") {
      const registered = this.#register(subject, await request.json());
      const version = this.#subjects.get(subject)?.indexOf(registered) ?? 0;
      return Response.json({ ...registered, subject, version: version + 1 });
    }
    const version = this.#subjects.get(subject)?.[Number(number) - 1];
    return version === undefined
      ? missing(40402, "Version not found")
      : Response.json({ ...version, subject, version: Number(number) });
  }
}

function partOf({ schema, schemaType, references }: Registered): Registered {
  return {
    schema,
    ...(schemaType === undefined || schemaType === "AVRO" ? {} : { schemaType }),
    ...(references === undefined || references.length === 0 ? {} : { references }),
  };
}

function missing(error_code: number, message: string): Response {
  return Response.json({ error_code, message }, { status: 404 });
}
