/**
 * Parameters of a property that reads files or sockets. `deno task test:unit` leaves other properties in the middle of a
 * run when their time is over. Here that run's operations would go on after the test, and Deno reports them as leaks.
 */
export const WHOLE_RUNS = { interruptAfterTimeLimit: undefined } as const;
