// Opens an administrator's connection for one task.

import kafkajs from "kafkajs/index.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import type { Admin } from "kafkajs/types/index.d.ts";

interface Queue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

// kafkajs sets a timer to check its queue even when the queue is empty. Its time is in the past then, and the runtime
// prints a TimeoutNegativeWarning.
const queue = RequestQueue.prototype as unknown as Queue;
const schedule = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function (): void {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};

/** Connects to `bootstrap`, does `task`, disconnects. It retries little: the caller knows whether it pays to ask again. */
export async function withAdmin<T>(bootstrap: string, task: (admin: Admin) => Promise<T>): Promise<T> {
  const admin: Admin = new kafkajs.Kafka({
    clientId: "rtcount-tests",
    brokers: bootstrap.split(","),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 20_000,
    // One at least: it is how this client finds a coordinator.
    retry: { retries: 2, initialRetryTime: 50 },
  }).admin();
  try {
    await admin.connect();
    return await task(admin);
  } finally {
    await admin.disconnect();
  }
}
