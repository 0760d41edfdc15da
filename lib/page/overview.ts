// The head of the page: the verdict, the key figures, and what is said about the daemon.

import { byId, setText } from "./element.ts";
import {
  countOf,
  formatCount,
  formatDuration,
  formatFigure,
  formatMegabytes,
  formatMoment,
  formatRate,
} from "./quantity.ts";
import { type Status, totalLag } from "./status.ts";
import { judge, type Situation, type Verdict, watermarkAgeMs } from "./verdict.ts";

export class Overview {
  readonly #verdict = byId("verdict");
  readonly #replay = byId("replay") as HTMLProgressElement;
  #said = "";

  show(situation: Situation): void {
    const verdict = judge(situation);
    this.#showVerdict(verdict, situation.status);
    this.#showFigures(situation);
    if (situation.status !== undefined) showAbout(situation.status);
  }

  #showVerdict({ tone, title, detail }: Verdict, status: Status | undefined): void {
    this.#verdict.dataset.tone = tone;
    setText(byId("verdict-title"), title);
    setText(byId("verdict-detail"), detail);
    // Only what is new is told: a detail that counts seconds would never let the reader be.
    if (title !== this.#said) setText(byId("announcement"), `${title}. ${detail}`);
    this.#said = title;
    const name = status?.name ?? "rtcount";
    setText(byId("name"), name);
    document.title = `${title} · ${name}`;
    const replay = status?.replay ?? null;
    this.#replay.hidden = replay === null;
    if (replay !== null) this.#replay.value = replay.total === 0 ? 1 : 1 - replay.left / replay.total;
  }

  #showFigures(situation: Situation): void {
    const { status, newest } = situation;
    if (status !== undefined) {
      const ageMs = watermarkAgeMs(situation);
      setText(byId("behind"), ageMs === undefined ? "–" : formatDuration(ageMs));
      setText(byId("behind-note"), ageMs === undefined ? "no watermark yet" : "age of the watermark");
      setText(byId("lag"), formatFigure(totalLag(status)));
      setText(byId("lag-note"), `records in ${countOf(status.partitions.length, "partition")}`);
      const { rates, governor: { limit } } = status;
      setText(byId("intake"), rates === null ? "–" : formatRate(rates.records_per_second));
      const allowed = limit === null ? "no limit" : `${formatRate(limit)} allowed`;
      setText(byId("intake-note"), `records per second, ${allowed}`);
    }
    if (newest !== undefined) {
      setText(byId("window"), formatFigure(newest.words));
      const records = countOf(newest.records, "record");
      setText(byId("window-note"), `words in ${records}, ${formatCount(newest.distinct)} different`);
    }
  }
}

function showAbout({ version, uptime_seconds, now, totals, process }: Status): void {
  const { resident_memory_bytes: memory } = process;
  const parts = [
    `rtcount ${version}`,
    `up since ${formatMoment(now - uptime_seconds * 1000, now)}`,
    `${countOf(totals.records, "record")} and ${countOf(totals.words, "word")} since then`,
    ...(memory === null ? [] : [`${formatMegabytes(memory)} of memory`]),
  ];
  setText(byId("about"), parts.join(" · "));
}
