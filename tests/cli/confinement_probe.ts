// Confines itself as `rtcount run` does, with the permissions of deno.json, and prints what it can still do. Its argument
// is the needs as JSON.

import { connect } from "node:net";
import process from "node:process";
import { confine } from "../../lib/cli/confinement.ts";

type Probe = () => unknown;

const [needs] = Deno.args;
const folder = "/var/lib/rtcount";

const PROBES: Readonly<Record<string, Probe>> = {
  "read /etc/shadow": () => Deno.readTextFile("/etc/shadow"),
  "read /etc/hosts": () => Deno.readTextFile("/etc/hosts"),
  "read by fetch": () => fetch("file:///etc/hosts"),
  "read by way of an own folder": () => Deno.readTextFile(`${folder}/../../../etc/shadow`),
  "read the own environment": () => Deno.readTextFile("/proc/self/environ"),
  "list /": () => [...Deno.readDirSync("/")],
  "link to /etc/shadow": () => Deno.symlink("/etc/shadow", `${folder}/shadow-${Deno.pid}`),
  "write /tmp": () => Deno.writeTextFile(`/tmp/rtcount-probe-${Deno.pid}`, ""),
  "write /etc/rtcount": () => Deno.writeTextFile(`/etc/rtcount/probe-${Deno.pid}`, ""),
  "run a program": () => new Deno.Command("/bin/true").output(),
  "load a library": () => Deno.dlopen("libc.so.6", {}),
  "ask for HOME": () => Deno.env.get("HOME"),
  "list the environment": () => Object.keys(process.env),
  "ask for the host name": () => Deno.hostname(),
  "ask for the permissions again": async () => {
    const asked = [{ name: "read" }, { name: "write" }, { name: "run" }, { name: "ffi" }] as const;
    for (const permission of asked) {
      if ((await Deno.permissions.request(permission)).state === "granted") return;
    }
    throw new Deno.errors.NotCapable("none is granted");
  },
  "read an own folder": () => [...Deno.readDirSync(folder)],
  "connect": () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(1, "localhost");
      // The other side refuses, so Deno allowed it.
      socket.once("error", (error) => error.message.includes("ECONNREFUSED") ? resolve() : reject(error));
      socket.once("connect", resolve);
    }),
  "ask for KAFKAJS_LOG_LEVEL": () => process.env.KAFKAJS_LOG_LEVEL,
};

const confinement = confine(JSON.parse(needs));
const allowed: string[] = [];
const denied: string[] = [];
const failed: string[] = [];
for (const [name, probe] of Object.entries(PROBES)) {
  try {
    await probe();
    allowed.push(name);
  } catch (error) {
    // An error that a file is missing comes after the check of permissions.
    if (error instanceof Deno.errors.NotFound) allowed.push(name);
    else if (error instanceof Deno.errors.NotCapable) denied.push(name);
    else failed.push(`${name}: ${error}`);
  }
}
console.log(JSON.stringify({ confinement, allowed, denied, failed }));
