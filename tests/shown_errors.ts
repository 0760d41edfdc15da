// Tests that clean up after a failure may fail in the clean-up, too. The runtime shows neither of the two errors then.

/** Runs the test so that all errors of a SuppressedError are shown, the first failure first. */
export function showingErrors(test: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await test();
    } catch (error) {
      if (!(error instanceof SuppressedError)) throw error;
      throw new AggregateError(errorsIn(error), "the test failed, and so did its clean-up");
    }
  };
}

function errorsIn(error: unknown): unknown[] {
  return error instanceof SuppressedError
    ? [...errorsIn(error.suppressed), ...errorsIn(error.error)]
    : [error];
}
