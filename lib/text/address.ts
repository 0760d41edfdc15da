// Addresses of the form HOST:PORT. An IPv6 address stands in brackets.

/** A host without brackets, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):([0-9]{1,5})$/;
const MAX_PORT = 65_535;

/** Splits HOST:PORT; undefined for any other text. */
export function parseAddress(text: string): Address | undefined {
  const [, ipv6, name, digits] = ADDRESS.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  return host === undefined || port > MAX_PORT ? undefined : { host, port };
}

export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/** Splits what `formatAddress` joins. It checks nothing: brokers advertise whatever host they like. */
export function splitAddress(text: string): Address {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, "$1"), port: Number(text.slice(at + 1)) };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the host, without brackets, names this machine itself. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
}
