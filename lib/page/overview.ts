// The head of the page: health, key figures, and facts about the daemon.

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
import { type Health, judgeHealth, type Situation, watermarkAgeMs } from "./health.ts";

export class Overview {
  readonly #health = byId("health");
  readonly #replay = byId("replay") as HTMLProgressElement;
  #announced = "";

  show(situation: Situation): void {
    this.#showHealth(judgeHealth(situation), situation.status);
    this.#showFigures(situation);
    if (situation.status !== undefined) showAbout(situation.status);
  }

  #showHealth({ tone, title, detail }: Health, status: Status | undefined): void {
    this.#health.dataset.tone = tone;
    setText(byId("health-title"), title);
    setText(byId("health-detail"), detail);
    // Announce a new title only: announcing each changed second would never stop.
    if (title !== this.#announced) setText(byId("announcement"), `${title}. ${detail}`);
    this.#announced = title;
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
