// Runs the live page. Everything received is kept in an immutable model, which is replaced with each message and drawn at
// most once per frame. A paused page shows the model at the time of the pause.

import { type Clock, systemClock } from "../async/clock.ts";
import { ChartPanel, type LineName } from "./chart_panel.tsx";
import { byId, setText } from "./element.ts";
import type { Connection } from "./health.ts";
import { addSample, type IntervalHistory, type IntervalSample, sampleOf } from "./interval_history.ts";
import { showLag } from "./lag_table.tsx";
import { intervalLines, wordLines } from "./line_data.ts";
import { LiveData } from "./live_data.ts";
import { showLosses } from "./loss_table.tsx";
import { showNewWords } from "./new_panel.tsx";
import { Overview } from "./overview.ts";
import { formatCompact, formatCount, formatMilliseconds, formatRate } from "./quantity.ts";
import { showRising } from "./rising_panel.tsx";
import { runTabs } from "./tabs.ts";
import { isNewProcess, type Status } from "./status.ts";
import { addWindow, type WindowHistory } from "./window_history.ts";
import { followAgain, followTop, NO_CHOICE, SLOTS, toggleWord, type WordChoice } from "./word_choice.ts";
import { wordElement } from "./word_element.tsx";
import { WhyPanel } from "./why_panel.tsx";
import { WordsPanel } from "./words_panel.ts";

/** Time between two updates of the ages, which grow without any message. */
const TICK_MS = 1_000;
const DEFAULT_SLIDE_MS = 2_000;

/** Everything that the page has received. */
interface Model {
  readonly windows: WindowHistory;
  readonly intervals: IntervalHistory;
  readonly status: Status | undefined;
  readonly connection: Connection;
  /** When the newest window arrived, and when the status did; monotonic. */
  readonly windowMs: number;
  readonly statusMs: number;
}

const INTAKE: readonly (readonly [keyof Omit<IntervalSample, "timeMs">, string])[] = [
  ["intake", "taken in"],
  ["limit", "allowed"],
  ["min", "minimum"],
  ["max", "maximum"],
];
const TIMES: typeof INTAKE = [
  ["processingMs", "processing"],
  ["schedulingMs", "scheduling delay"],
  ["intervalMs", "interval"],
];

class Page {
  readonly #clock: Clock;
  readonly #live: LiveData;
  readonly #overview = new Overview();
  readonly #words: WordsPanel;
  readonly #why = new WhyPanel();
  readonly #wordChart = new ChartPanel({
    id: "word",
    lines: Array.from({ length: SLOTS }, (_, slot) => ({ color: `--slot-${slot}` })),
    scale: "linear",
    formatMark: formatCompact,
    formatValue: formatCount,
    caption: "Counts of the chosen words by window",
    unknown: "not in the top",
  });
  readonly #intakeChart = new ChartPanel({
    id: "intake",
    lines: [
      { color: "--slot-0" },
      { color: "--slot-1", dash: [6, 4] },
      { color: "--soft", dash: [2, 3] },
      { color: "--ink", dash: [2, 3] },
    ],
    scale: "decades",
    formatMark: formatCompact,
    formatValue: formatRate,
    caption: "Records per second",
    unknown: "–",
  });
  readonly #timeChart = new ChartPanel({
    id: "time",
    lines: [{ color: "--slot-0" }, { color: "--slot-3" }, { color: "--soft", dash: [2, 3] }],
    scale: "linear",
    formatMark: formatMilliseconds,
    formatValue: formatMilliseconds,
    caption: "Time per rate interval",
    unknown: "–",
  });

  #model: Model = {
    windows: [],
    intervals: [],
    status: undefined,
    connection: { kind: "connecting" },
    windowMs: -Infinity,
    statusMs: -Infinity,
  };
  /** The version of the daemon that served the page. */
  #version: string | undefined;
  #choice: WordChoice = NO_CHOICE;
  /** The model that a paused page shows. */
  #paused: Model | undefined;
  #isDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#words = new WordsPanel({
      onChoose: (word) => {
        this.#choose(toggleWord(this.#choice, word));
        this.#why.choose(word);
      },
      onResize: () => this.#draw(),
    });
    this.#live = new LiveData({
      clock,
      onWindow: (window) => {
        this.#update({ windows: addWindow(this.#model.windows, window), windowMs: clock.monotonicMs() });
        if (this.#paused === undefined) this.#why.refresh();
      },
      onStatus: (status) => this.#updateStatus(status),
      onConnection: (connection) => this.#update({ connection }),
    });
    runTabs(byId("word-tabs"));
    byId("pause").addEventListener("click", () => this.#togglePause());
    byId("follow").addEventListener("click", () => this.#choose(followAgain(this.#choice)));
  }

  async run(): Promise<void> {
    const ticking = async () => {
      while (true) {
        await this.#clock.sleep(TICK_MS);
        this.#showOverview();
      }
    };
    await Promise.all([this.#live.run(), ticking()]);
  }

  #updateStatus(status: Status): void {
    this.#version ??= status.version;
    // Another version serves another page. A paused page keeps what it shows.
    if (status.version !== this.#version && this.#paused === undefined) return location.reload();
    this.#why.configure(status.config.source.kafka ?? undefined);
    const { status: before, intervals } = this.#model;
    // After a restart the new samples do not continue the old ones: any pause is a gap.
    const periodMs = before !== undefined && isNewProcess(before, status) ? 1 : this.#live.pollMs;
    this.#update({
      status,
      statusMs: this.#clock.monotonicMs(),
      intervals: addSample(intervals, sampleOf(status), periodMs),
    });
  }

  #update(news: Partial<Model>): void {
    this.#model = { ...this.#model, ...news };
    if (this.#isDue) return;
    // Windows that arrive together are drawn once.
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (this.#paused === undefined) this.#draw();
      else this.#showOverview();
    });
  }

  #choose(choice: WordChoice): void {
    this.#choice = choice;
    this.#draw();
  }

  #togglePause(): void {
    this.#paused = this.#paused === undefined ? this.#model : undefined;
    const button = byId("pause");
    setText(button, this.#paused === undefined ? "Pause" : "Resume");
    this.#draw();
  }

  #draw(): void {
    const { windows, intervals, status } = this.#paused ?? this.#model;
    this.#choice = followTop(this.#choice, windows);
    const { words } = this.#choice;
    const slideMs = status?.window.slide_ms ?? DEFAULT_SLIDE_MS;
    this.#showOverview();
    this.#words.show({ windows, status, choice: this.#choice });
    const onChoose = (word: string) => this.#why.choose(word);
    showRising(windows.at(-1), status, onChoose);
    showNewWords(windows.at(-1), status, onChoose);
    byId("follow").hidden = !this.#choice.byHand;
    this.#wordChart.show({
      data: wordLines(windows, words, slideMs),
      names: words.map((word) =>
        word === undefined ? undefined : { name: word, label: () => wordElement(word) }
      ),
      stepMs: slideMs,
    });
    this.#showIntervals(this.#intakeChart, intervals, INTAKE);
    this.#showIntervals(this.#timeChart, intervals, TIMES);
    if (status !== undefined) {
      showLag(status.partitions);
      showLosses(status);
    }
  }

  #showIntervals(panel: ChartPanel, intervals: IntervalHistory, lines: typeof INTAKE): void {
    const newest = intervals.at(-1);
    panel.show({
      data: intervalLines(intervals, lines.map(([measure]) => measure)),
      // A limit that is not set has no line.
      names: lines.map(([measure, label]): LineName | undefined => {
        const isNone = (measure === "min" || measure === "max") && (newest?.[measure] ?? null) === null;
        return isNone ? undefined : { name: measure, label: () => label };
      }),
      stepMs: this.#live.pollMs,
    });
  }

  /** Shows the present health even on a paused page; the figures are those of the pause. */
  #showOverview(): void {
    const { status, statusMs, windows, windowMs } = this.#paused ?? this.#model;
    this.#overview.show({
      nowMs: this.#paused === undefined ? this.#clock.monotonicMs() : statusMs,
      connection: this.#model.connection,
      isPaused: this.#paused !== undefined,
      status,
      statusMs,
      newest: windows.at(-1),
      newestMs: windowMs,
    });
  }
}

// Let the browser paint the page before the script works.
requestAnimationFrame(() => setTimeout(() => new Page(systemClock).run()));
