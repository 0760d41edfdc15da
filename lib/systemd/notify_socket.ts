// The way to the service manager: datagrams to the socket whose address it leaves in NOTIFY_SOCKET (sd_notify(3)).

import { join } from "node:path";

export interface NotifySocket {
  send(message: string): Promise<void>;
  close(): void;
}

const encoder = new TextEncoder();

/**
 * A socket that sends to `address`: a path, or a name of the abstract namespace with `@` before it.
 *
 * @param options.folder where its own address may be made for a moment; the system's for temporary files if not given
 * @throws {Error} where the address is of another kind or no socket can be had
 */
export function openNotifySocket(
  address: string,
  options: { readonly folder?: string | undefined } = {},
): NotifySocket {
  const to = { transport: "unixpacket", path: socketPath(address) } as const;
  const socket = bindOwn(options.folder);
  return {
    async send(message) {
      await socket.send(encoder.encode(message), to);
    },
    close: () => socket.close(),
  };
}

function socketPath(address: string): string {
  if (address.startsWith("/")) return address;
  if (/^@./.test(address)) return `\0${address.slice(1)}`;
  throw new Error(`NOTIFY_SOCKET is "${address}", wanted an absolute path or @NAME`);
}

/**
 * Deno has no socket without an address. A file is the kind that every release and permission set has; nobody answers,
 * so that it can go as soon as it is there.
 */
function bindOwn(dir: string | undefined): Deno.DatagramConn {
  const folder = Deno.makeTempDirSync({ dir, prefix: "notify-" });
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path: join(folder, "s") });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
