// The WhyPanel shows where the newest record with a chosen word stands, and the command that prints it.

import { render } from "preact";
import { byId, setText } from "./element.ts";
import { type KafkaConfig, kcatLine, kcatOptions, type RecordPlace } from "./kcat_line.ts";
import { formatCount } from "./quantity.ts";
import { visibleText } from "./visible_word.ts";
import { wordElement } from "./word_element.tsx";

const ANSWER_TIMEOUT_MS = 10_000;
/** A server may refuse a longer path, of which a browser writes a line to its console. */
const MAX_PATH_CHARACTERS = 4_096;

export class WhyPanel {
  #word: string | undefined;
  #kafka: KafkaConfig | undefined;
  #isAsking = false;

  /** The reader has chosen a word. */
  choose(word: string): void {
    this.#word = word;
    if (this.#kafka === undefined) return;
    this.#show(word, undefined);
    setText(byId("why-note"), "Asking for the newest record.");
    this.refresh();
  }

  /** `kafka`: undefined where the records do not come from Kafka. */
  configure(kafka: KafkaConfig | undefined): void {
    this.#kafka = kafka;
  }

  /** Asks again, as the newest record is another one with each window. */
  async refresh(): Promise<void> {
    if (this.#word === undefined || this.#kafka === undefined || this.#isAsking) return;
    this.#isAsking = true;
    const word = this.#word;
    const place = await placeOf(word);
    this.#isAsking = false;
    if (word === this.#word) this.#show(word, place);
    else await this.refresh();
  }

  #show(word: string, place: RecordPlace | undefined): void {
    const kafka = this.#kafka;
    if (kafka === undefined) return;
    byId("why").hidden = false;
    render(wordElement(word), byId("why-word"));
    byId("why-line").hidden = place === undefined;
    setText(byId("why-options"), "");
    if (place === undefined) return setText(byId("why-note"), "No record with this word is known now.");
    const { topic, partition, offset } = place;
    setText(
      byId("why-note"),
      `Topic ${visibleText(topic)}, partition ${partition}, offset ${formatCount(offset)}.`,
    );
    const line = kcatLine(place, kafka);
    byId("why-line").hidden = line === undefined;
    setText(byId("why-line"), line ?? "");
    const options = kcatOptions(kafka).map((option) => `-X ${option}`);
    if (options.length > 0) setText(byId("why-options"), `kcat also needs ${options.join(", ")}.`);
  }
}

/** Undefined where none is known, or the daemon does not answer. */
async function placeOf(word: string): Promise<RecordPlace | undefined> {
  const path = `api/v1/words/${encodeURIComponent(word)}`;
  if (path.length > MAX_PATH_CHARACTERS) return undefined;
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    if (!response.ok) return undefined;
    const { last }: { readonly last?: RecordPlace } = await response.json();
    return last;
  } catch (error) {
    // The daemon is away, which the page shows elsewhere.
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
