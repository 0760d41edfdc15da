import assert from "node:assert/strict";
import { type Connection, Connections, MAX_WAITING } from "../../lib/http/connections.ts";
import { TimeShare } from "../../lib/http/time_share.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";

const MAX_SERVED = 4;
const DEADLINE_MS = 10_000;

class FakeSocket {
  static #ports = 0;
  readonly remotePort = ++FakeSocket.#ports;
  bytesRead = 0;
  destroyed = false;

  constructor(readonly remoteAddress: string) {}

  destroy(): this {
    this.destroyed = true;
    return this;
  }
}

interface Rig {
  readonly clock: ManualClock;
  readonly connections: Connections;
  open(address: string): Connection;
  serve(address: string): Connection;
}

async function withConnections(body: (rig: Rig) => void | Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const share = new TimeShare(clock, stopping.signal);
  const connections = new Connections(clock, { max: MAX_SERVED, share, signal: stopping.signal });
  const open = (address: string) =>
    connections.add(new FakeSocket(address), clock.monotonicMs() + DEADLINE_MS);
  const serve = (address: string) => {
    const connection = open(address);
    connections.serve(connection);
    return connection;
  };
  await body({ clock, connections, open, serve });
  stopping.abort();
}

const isOpen = ({ closed }: Connection) => !closed;

Deno.test("Connections lets MAX_WAITING wait beside those that it serves, and closes none of these for them", () =>
  withConnections(({ open, serve }) => {
    const served = Array.from({ length: MAX_SERVED }, () => serve("a"));
    const waiting = Array.from({ length: MAX_WAITING }, () => open("a"));
    assert.ok([...served, ...waiting].every(isOpen));
    assert.ok(open("a").closed);
    // Another address takes the place of the oldest one of the crowd.
    const other = open("b");
    assert.deepEqual([other.closed, waiting[0].closed], [false, true]);
    assert.ok(waiting.slice(1).every(isOpen));
  }));

Deno.test("Connections closes the oldest that waits for its client at the address with most", () =>
  withConnections(({ serve }) => {
    const [lone, answering, first, second] = ["b", "a", "a", "a"].map(serve);
    answering.phase = "answer";
    serve("a");
    assert.deepEqual([lone, answering, first, second].map(isOpen), [true, true, false, true]);
  }));

Deno.test("Connections closes the newcomer where all wait for us, unless one address is a crowd", () =>
  withConnections(({ serve }) => {
    const answering = ["a", "a", "a", "b"].map(serve);
    for (const connection of answering) connection.phase = "answer";
    assert.ok(serve("a").closed);
    assert.ok(serve("b").closed);
    assert.ok(isOpen(serve("c")));
    assert.deepEqual(answering.map(isOpen), [false, true, true, true]);
  }));

Deno.test("Connections takes the one that was answered last to the end of the order", () =>
  withConnections(({ connections, serve }) => {
    const [first, second] = ["a", "a", "a", "a"].map(serve);
    connections.renew(first);
    serve("a");
    assert.deepEqual([first, second].map(isOpen), [true, false]);
  }));

Deno.test("Connections counts an IPv6 network of 64 bits as one address, and IPv4 addresses each", () =>
  withConnections(({ open }) => {
    const table = [
      ["2001:db8::1", "2001:db8:0:0"],
      ["2001::5:1:2:3:4", "2001:0:0:5"],
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
      ["::1", "0:0:0:0"],
      ["::ffff:127.0.0.1", "::ffff:127.0.0.1"],
      ["127.0.0.1", "127.0.0.1"],
    ];
    for (const [address, group] of table) assert.equal(open(address).address, group);
  }));

Deno.test("Connections closes those whose time is over, waiting ones too", () =>
  withConnections(async ({ clock, open, serve }) => {
    const [waiting, served, streaming] = [open("a"), serve("a"), serve("a")];
    streaming.deadlineMs = Infinity;
    for (let ms = 0; ms < DEADLINE_MS; ms += 250) {
      assert.ok([waiting, served, streaming].every(isOpen), `after ${ms} ms`);
      clock.advance(250);
      await settle();
    }
    assert.deepEqual([waiting, served, streaming].map(isOpen), [false, false, true]);
  }));
