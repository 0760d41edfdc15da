package peers;

/** The windows that every program counts. */
final class Job {
  static final long SLIDE_MS = 2_000;
  static final long LENGTH_MS = 60_000;
  static final int TOP = 20;
  /** Records may be older than the newest one of their partition by this much. */
  static final long LATENESS_MS = 2_000;

  private Job() {}
}
