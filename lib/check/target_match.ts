// Which of Prometheus's targets is the daemon.

import { isLoopback } from "../text/address.ts";
import type { TargetFacts } from "./prometheus_facts.ts";

/**
 * The target at the daemon's host and port; else the one whose series bear the daemon's name: Prometheus may know the
 * daemon by another address than this machine does.
 */
export function findTarget(
  targets: readonly TargetFacts[],
  { daemon, named }: {
    readonly daemon: { readonly host: string; readonly port: number };
    /** Job and instance of what calls itself so, the likeliest first. */
    readonly named: readonly { readonly job: string; readonly instance: string }[];
  },
): TargetFacts | undefined {
  return targets.find(({ url }) => isAt(url, daemon)) ??
    named.map((one) => targets.find(({ job, instance }) => one.job === job && one.instance === instance))
      .find((target) => target !== undefined);
}

function isAt(url: string, { host, port }: { readonly host: string; readonly port: number }): boolean {
  const target = URL.parse(url);
  if (target === null) return false;
  const usual = target.protocol === "https:" ? 443 : 80;
  if ((target.port === "" ? usual : Number(target.port)) !== port) return false;
  const targetHost = target.hostname.replace(/^\[(.*)\]$/, "$1");
  return targetHost === host || (isLoopback(targetHost) && isLoopback(host));
}
