import assert from "node:assert/strict";
import { showingErrors } from "./shown_errors.ts";

Deno.test("showingErrors() throws the errors of the test and of its clean-up, in their order", async () => {
  const fail = (what: string) => ({ [Symbol.asyncDispose]: () => Promise.reject(new Error(what)) });
  const test = showingErrors(async () => {
    await using _first = fail("last");
    await using _second = fail("then");
    throw new Error("the cause");
  });
  await assert.rejects(test, (error) => {
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(error.errors.map(({ message }) => message), ["the cause", "then", "last"]);
    return true;
  });
});

Deno.test("showingErrors() leaves any other error, and success, as they are", async () => {
  await showingErrors(() => Promise.resolve())();
  const error = new Error("the cause");
  await assert.rejects(showingErrors(() => Promise.reject(error)), (thrown) => thrown === error);
});
