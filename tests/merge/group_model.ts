// A model of a group that merges its counts, to try the rules of the pane log on random schedules. The marks, windows,
// panes and reports are those of lib/merge. Members, coordinator, partitions and the log are simple ones of the model's own.
// Time goes in ticks. A seed decides everything.

import { comparePartitions, partitionKey, type TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { GroupMarks, PartitionMark } from "../../lib/merge/group_marks.ts";
import { GroupWindows } from "../../lib/merge/group_windows.ts";
import type { ReportHead, ReportId } from "../../lib/merge/report.ts";
import { encodeReport } from "../../lib/merge/report_encoder.ts";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { PaneWindow, type TakenPane } from "../../lib/window/pane_window.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { MarksWithout, type Rule } from "./group_rules.ts";
import { FINGERPRINT } from "./reports.ts";

export const SLIDE = 2;
export const LENGTH = 8;
const LATENESS = 2;
const IDLE = 10;
const LEAD = 2 * LENGTH + LATENESS;
const SESSION = 12;
const WORDS = ["a", "b", "c", "a word that takes some bytes"];
/** Reports of a few words go as several parts. */
const MAX_PART_BYTES = 190;
/** A backlog ends here; from then on records are dated as they are written. */
const LIVE_FROM = 60;
const FAULTS_UNTIL = 260;
const WRITES_UNTIL = 300;
const END = 620;

interface DatedRecord {
  readonly timestamp: number;
  readonly word: string;
}

interface Partition {
  readonly id: TopicPartition;
  readonly records: DatedRecord[];
  /** Writes nothing in these ticks. */
  readonly silences: readonly (readonly [number, number])[];
  readonly isEmpty: boolean;
  /** Writes only once some member has it on its list: its records would be late before. */
  isOpen: boolean;
}

export interface Commit {
  /** The lowest offset of a counted record that was not acknowledged; at most the position. */
  readonly openFrom: number;
  /** The lowest offset that the window after `closedUntil` needs. */
  readonly wholeFrom: number;
  readonly logFrom: number;
  readonly closedUntil: number;
}

interface Assignment {
  readonly generation: number;
  readonly epoch: number;
  readonly list: readonly TopicPartition[];
  readonly own: ReadonlyMap<string, readonly TopicPartition[]>;
}

interface Sent {
  readonly id: ReportId;
  readonly parts: Uint8Array[];
  /** Parts in the log so far. */
  delivered: number;
  readonly lowest: ReadonlyMap<string, number>;
}

/** The reports that a sender has under way: one report at a time, in order, also after its death. */
interface Wire {
  readonly queue: Sent[];
  arrivesAt: number;
  /** From here on nothing arrives. */
  lostFrom: number;
}

type Random = () => number;

export class GroupModel {
  readonly random: Random;
  readonly without: Rule | undefined;
  now = 0;
  readonly partitions: Partition[] = [];
  readonly log: Uint8Array[] = [];
  readonly commits = new Map<string, Commit>();
  readonly allCommits: Commit[] = [];
  readonly members: Member[] = [];
  readonly closed: { member: string; result: WindowResult }[] = [];
  assignment: Assignment | undefined;
  readonly #wires = new Map<string, Wire>();
  #generation = 0;
  #rebalance: { readonly met: number; readonly endsAt: number } | undefined;
  #names = 0;

  constructor(seed: number, without?: Rule) {
    this.random = seededRandom(seed, 7);
    this.without = without;
    const count = 2 + this.below(3);
    for (let i = 0; i < count; i++) this.#addPartition(true);
  }

  has(rule: Rule): boolean {
    return this.without !== rule;
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  run(): void {
    for (let n = 1 + this.below(3); n > 0; n--) this.#start();
    for (; this.now < END; this.now++) {
      this.#write();
      if (this.now < FAULTS_UNTIL) this.#disturb();
      else if (this.now === FAULTS_UNTIL) this.#recover();
      this.#coordinate();
      this.#deliver();
      for (const member of this.members) if (member.isRunning(this.now)) member.tick();
    }
  }

  /** Sends the parts after all that this member has sent before. */
  send(member: string, sent: Sent): void {
    const wire = this.#wires.get(member) ?? { queue: [], arrivesAt: 0, lostFrom: Infinity };
    if (wire.queue.length === 0) wire.arrivesAt = this.now + this.below(5);
    wire.queue.push(sent);
    this.#wires.set(member, wire);
  }

  /** Kept only under the generation of the group. */
  commit(generation: number, commits: ReadonlyMap<string, Commit>): void {
    if (generation !== this.#generation) return;
    for (const [key, commit] of commits) {
      this.commits.set(key, commit);
      this.allCommits.push(commit);
    }
  }

  /** Where all records are, as a recount of them all: by window end. */
  recount(end: number): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { timestamp, word } of this.partitions.flatMap(({ records }) => records)) {
      if (timestamp >= end - LENGTH && timestamp < end) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return counts;
  }

  get newestTimestamp(): number {
    return Math.max(...this.partitions.flatMap(({ records }) => records.map(({ timestamp }) => timestamp)));
  }

  #addPartition(isOpen: boolean): void {
    const id = { topic: "t", partition: this.partitions.length };
    const isEmpty = this.below(6) === 0;
    const silentFrom = LIVE_FROM + this.below(150);
    const silences = this.below(2) === 0 ? [] : [[silentFrom, silentFrom + 15 + this.below(80)] as const];
    const partition = { id, records: [], silences, isEmpty, isOpen };
    this.partitions.push(partition);
    if (!isOpen || isEmpty) return;
    // A night without records lies in the backlog of all partitions.
    const rate = 1 + this.below(3);
    const until = this.below(4) === 0 ? 40 : LIVE_FROM;
    for (let time = -150; time < until; time++) {
      if (time > -100 && time < -20) continue;
      if (this.below(rate) === 0) this.#append(partition, time);
    }
  }

  #append({ records }: Partition, time: number): void {
    const timestamp = Math.max(-150, time - this.below(LATENESS));
    records.push({ timestamp, word: WORDS[this.below(WORDS.length)] });
  }

  #write(): void {
    if (this.now < LIVE_FROM || this.now >= WRITES_UNTIL) return;
    for (const partition of this.partitions) {
      const { silences, isEmpty, isOpen } = partition;
      const isSilent = silences.some(([from, to]) => this.now >= from && this.now < to);
      if (!isSilent && !isEmpty && isOpen && this.below(3) > 0) this.#append(partition, this.now);
    }
  }

  #start(): void {
    this.members.push(new Member(this, `m${this.#names++}`));
  }

  #disturb(): void {
    const alive = this.members.filter(({ isDead }) => !isDead);
    if (this.below(30) === 0 && alive.length < 4) this.#start();
    if (alive.length > 0 && this.below(28) === 0) {
      const all = this.below(6) === 0;
      for (const member of all ? alive : [alive[this.below(alive.length)]]) this.#kill(member);
    }
    if (alive.length > 0 && this.below(25) === 0) {
      alive[this.below(alive.length)].frozenUntil = this.now + 5 + this.below(5 * SESSION);
    }
    if (this.below(120) === 0 && this.partitions.length < 6) this.#addPartition(false);
  }

  #kill(member: Member): void {
    member.isDead = true;
    const wire = this.#wires.get(member.name);
    if (wire === undefined) return;
    // Reports under way arrive much later, or never, or only the first of their parts do.
    wire.arrivesAt = this.now + this.below(60);
    const left = wire.queue.reduce((sum, { parts, delivered }) => sum + parts.length - delivered, 0);
    wire.lostFrom = this.below(left + 1);
  }

  #recover(): void {
    for (const member of this.members) member.frozenUntil = this.now;
    if (this.members.every(({ isDead }) => isDead)) this.#start();
  }

  #coordinate(): void {
    const joined = this.members.filter((member) => !member.isDead && member.wantsToJoin);
    const alive = joined.filter(({ lastHeartbeat }) => lastHeartbeat + SESSION >= this.now);
    const names = alive.map(({ name }) => name).join();
    const before = [...this.assignment?.own.keys() ?? []].join();
    const hasGrown = this.partitions.length !== (this.assignment?.list.length ?? 0);
    if (alive.length === 0 || (names === before && !hasGrown)) return;
    // A dead member is noticed when its session ends.
    const gone = this.members.filter(({ name, isDead }) => isDead && this.assignment?.own.has(name));
    if (gone.some(({ lastHeartbeat }) => lastHeartbeat + SESSION >= this.now)) return;
    // Members say which epoch they know as they join; the assignment is made some time later.
    const met = Math.max(
      ...alive.filter((member) => member.isRunning(this.now)).map(({ epochMet }) => epochMet),
      0,
    );
    this.#rebalance ??= { met, endsAt: this.now + this.below(10) };
    if (this.now < this.#rebalance.endsAt) return;
    this.#generation++;
    const isUnique = this.has("no two assignments share an epoch");
    const epoch = isUnique ? this.#generation : this.#rebalance.met + 1;
    this.#rebalance = undefined;
    const list = this.partitions.map(({ id }) => id).sort(comparePartitions);
    const own = new Map<string, TopicPartition[]>(alive.map(({ name }) => [name, []]));
    const shift = this.below(alive.length);
    list.forEach((id, i) => own.get(alive[(i + shift) % alive.length].name)?.push(id));
    this.assignment = { generation: this.#generation, epoch, list, own };
  }

  #deliver(): void {
    for (const [name, wire] of this.#wires) {
      if (wire.arrivesAt > this.now) continue;
      for (let parts = 1 + this.below(3); parts > 0 && wire.queue.length > 0; parts--) {
        if (wire.lostFrom === 0) {
          wire.queue.length = 0;
          break;
        }
        wire.lostFrom--;
        const [sent] = wire.queue;
        this.log.push(sent.parts[sent.delivered++]);
        if (sent.delivered < sent.parts.length) continue;
        // The answer was lost, so the same batch comes again.
        if (this.below(12) === 0) this.log.push(...sent.parts);
        wire.queue.shift();
        wire.arrivesAt = this.now + this.below(4);
        this.members.find((member) => member.name === name)?.acknowledged.push(sent);
        break;
      }
    }
  }
}

/** A reader of the pane log from the place of a commit, or from its beginning. */
export class LogReader {
  readonly marks: GroupMarks;
  readonly group: GroupWindows;
  next: number;
  readonly #model: GroupModel;

  constructor(model: GroupModel, { onClosed, commit }: {
    readonly onClosed: (result: WindowResult) => void;
    readonly commit?: Commit | undefined;
  }) {
    this.#model = model;
    this.marks = new MarksWithout(model.without);
    this.next = commit?.logFrom ?? 0;
    const words = new WordTable();
    const times = { lengthMs: LENGTH, slideMs: SLIDE };
    const window = new SlidingWindow({ ...times, top: 1000, words, isWeighted: true });
    this.group = new GroupWindows({
      ...times,
      words,
      window,
      fingerprint: FINGERPRINT,
      marks: this.marks,
      onClosed,
    });
    this.group.start({ closedUntilMs: commit?.closedUntil ?? -Infinity, firstEndMs: -Infinity });
  }

  get isAtEnd(): boolean {
    return this.next === this.#model.log.length;
  }

  /** Returns the head of a report that is complete with the next record. */
  read(): { readonly head: ReportHead; readonly isTaken: boolean } | undefined {
    const record = this.group.take(this.#model.log[this.next], this.next, 0);
    this.next++;
    while (this.group.isBusy) this.group.advance();
    return "head" in record ? { head: record.head, isTaken: record.kind === "taken" } : undefined;
  }
}

/** A partition as its member reads it. */
interface Lane {
  readonly partition: Partition;
  readonly key: string;
  position: number;
  /** Its mark in the log when reading began. */
  readonly mark: PartitionMark | undefined;
  watermark: number;
  /** Since when it is at its end. */
  endSince: number | undefined;
  /** Lowest offsets of counted records, by pane: not reported yet, and in the panes of open windows. */
  readonly open: Map<number, number>;
  readonly whole: Map<number, number>;
}

class Member {
  readonly name: string;
  isDead = false;
  frozenUntil = 0;
  lastHeartbeat: number;
  wantsToJoin = false;
  /** Reports whose acknowledgement it has not seen. */
  readonly acknowledged: Sent[] = [];
  readonly #model: GroupModel;
  readonly #log: LogReader;
  readonly #words = new WordTable();
  readonly #panes = new PaneWindow({ lengthMs: LENGTH, slideMs: SLIDE, words: this.#words });
  readonly #unacknowledged: Sent[] = [];
  #assignment: Assignment | undefined;
  #marker = 0;
  #isCounting = false;
  #lanes: Lane[] = [];
  #number = 0;
  #bound = -Infinity;
  #reported = { bound: -Infinity, isIdle: false };

  constructor(model: GroupModel, name: string) {
    this.#model = model;
    this.name = name;
    this.lastHeartbeat = model.now;
    const commits = [...model.commits.values()];
    const commit = commits.toSorted((a, b) => b.closedUntil - a.closedUntil || b.logFrom - a.logFrom).at(0);
    this.#log = new LogReader(model, {
      commit,
      onClosed: (result) => model.closed.push({ member: name, result }),
    });
  }

  get epochMet(): number {
    return Math.max(this.#assignment?.epoch ?? 0, this.#log.marks.epoch);
  }

  isRunning(now: number): boolean {
    return !this.isDead && now >= this.frozenUntil;
  }

  tick(): void {
    const { now, assignment } = this.#model;
    this.lastHeartbeat = now;
    for (const sent of this.acknowledged.splice(0)) {
      const index = this.#unacknowledged.indexOf(sent);
      if (index >= 0) this.#unacknowledged.splice(index, 1);
    }
    this.#readLog(12);
    if (!this.wantsToJoin) this.wantsToJoin = this.#log.isAtEnd;
    const isNew = assignment !== undefined && assignment !== this.#assignment &&
      assignment.own.has(this.name);
    if (isNew) this.#rejoin(assignment);
    if (!this.#isCounting) return;
    for (const lane of this.#lanes) this.#readPartition(lane);
    this.#report();
    if (this.#model.below(4) === 0) this.#commit();
  }

  #readLog(most: number): void {
    for (let n = 0; n < most && !this.#log.isAtEnd; n++) {
      const read = this.#log.read();
      this.#panes.neededFromMs = this.#log.group.window.neededFromMs;
      if (read?.head.member === this.name && read.head.number === this.#marker && read.isTaken) this.#begin();
    }
  }

  #rejoin(assignment: Assignment): void {
    this.#assignment = assignment;
    this.#isCounting = false;
    this.#lanes = [];
    this.#unacknowledged.length = 0;
    this.#marker = this.#number + 1;
    this.#send({ isMarker: true, bound: -Infinity, cut: -Infinity, isIdle: false }, []);
    if (!this.#model.has("a member reads up to its marker")) this.#begin();
  }

  #begin(): void {
    if (this.#isCounting || this.#assignment === undefined) return;
    this.#isCounting = true;
    const { marks } = this.#log;
    this.#lanes = (this.#assignment.own.get(this.name) ?? []).map((id): Lane => {
      const key = partitionKey(id);
      const partition = this.#model.partitions[id.partition];
      partition.isOpen = true;
      const mark = this.#model.has("the log says what is counted") ? marks.markOf(id) : undefined;
      const commit = this.#model.commits.get(key);
      const fromOpen = mark !== undefined || !this.#model.has("the log says what is counted");
      const position = (fromOpen ? commit?.openFrom : commit?.wholeFrom) ?? 0;
      const whole = new Map(commit === undefined ? [] : [[mark?.cutMs ?? -Infinity, commit.wholeFrom]]);
      const watermark = mark?.boundMs ?? -Infinity;
      return { partition, key, position, mark, watermark, endSince: undefined, open: new Map(), whole };
    });
    const cut = Math.max(-Infinity, ...this.#lanes.map(({ mark }) => mark?.cutMs ?? -Infinity));
    const bound = Math.min(Infinity, ...this.#lanes.map(({ mark }) => mark?.boundMs ?? -Infinity));
    this.#bound = bound === Infinity ? -Infinity : bound;
    this.#reported = { bound: this.#bound, isIdle: false };
    this.#panes.reset({
      reportedUntilMs: this.#bound,
      neededFromMs: this.#log.group.window.neededFromMs,
      firstFromMs: -Infinity,
      cutMs: this.#model.has("a report has a cut beside its bound") ? cut : -Infinity,
    });
  }

  #readPartition(lane: Lane): void {
    const { records } = lane.partition;
    for (let n = 1 + this.#model.below(6); n > 0 && lane.position < records.length; n--) {
      const { timestamp, word } = records[lane.position];
      if (this.#mustWait(lane, timestamp)) break;
      this.#count(lane, timestamp, word);
      lane.position++;
      lane.watermark = Math.max(lane.watermark, timestamp - LATENESS);
    }
    if (lane.position < records.length) lane.endSince = undefined;
    else lane.endSince ??= this.#model.now;
  }

  #mustWait(lane: Lane, timestamp: number): boolean {
    if (lane.position < (lane.mark?.offset ?? 0)) return false;
    const own = Math.min(
      ...this.#lanes.filter((one) => !isIdle(one, this.#model.now)).map((one) => one.watermark),
    );
    const smallest = Math.min(own, this.#log.marks.othersMs(this.name));
    if (smallest === -Infinity || smallest === Infinity) return false;
    const waitsForNobody = floor(lane.watermark) <= floor(smallest);
    if (waitsForNobody && this.#model.has("who holds the group back waits for nobody")) return false;
    return timestamp > smallest + LEAD;
  }

  #count(lane: Lane, timestamp: number, word: string): void {
    const pane = floor(timestamp);
    const { mark, position, open, whole } = lane;
    if (!whole.has(pane)) whole.set(pane, position);
    if (mark !== undefined && position < mark.offset && pane + SLIDE <= mark.cutMs) return;
    const outcome = this.#panes.select(timestamp);
    if (outcome !== "counted" && outcome !== "late_counted") return;
    const bytes = new TextEncoder().encode(word);
    this.#panes.add(Int32Array.of(this.#words.intern(bytes, 0, bytes.length)), 1, 1);
    if (!open.has(pane)) open.set(pane, position);
  }

  #report(): void {
    const { marks } = this.#log;
    const { now } = this.#model;
    if (this.#lanes.length === 0) return;
    const isReading = this.#lanes.some(({ position, mark }) => position < (mark?.offset ?? 0));
    if (isReading && this.#model.has("re-reading comes before reporting")) return;
    const holding = this.#lanes.filter((lane) => !isIdle(lane, now)).map(({ watermark }) => watermark);
    const memberIsIdle = holding.length === 0;
    const largest = Math.max(...this.#lanes.map(({ watermark }) => watermark));
    let bound = memberIsIdle ? largest : Math.min(...holding);
    if (memberIsIdle) {
      const followed = marks.followMs(this.name);
      bound = marks.othersAreIdle(this.name) ? Math.max(bound, followed) : followed;
    }
    bound = Math.max(this.#bound, floor(bound));
    const isNews = bound > this.#reported.bound || memberIsIdle !== this.#reported.isIdle;
    if (!isNews) return;
    this.#bound = bound;
    this.#panes.reportedUntilMs = bound;
    this.#reported = { bound, isIdle: memberIsIdle };
    const hasCut = this.#model.has("a report has a cut beside its bound");
    this.#panes.takeBelow(bound, (panes, reached) => {
      this.#send({ isMarker: false, bound, cut: hasCut ? reached : bound, isIdle: memberIsIdle }, panes);
    });
  }

  #send(
    { isMarker, bound, cut, isIdle }: { isMarker: boolean; bound: number; cut: number; isIdle: boolean },
    panes: readonly TakenPane[],
  ): void {
    if (this.#assignment === undefined) return;
    const { epoch, list, own } = this.#assignment;
    const offsets = new Map(this.#lanes.map(({ key, position }) => [key, position]));
    const partitions = (own.get(this.name) ?? []).map((id) => ({
      ...id,
      offset: offsets.get(partitionKey(id)) ?? 0,
    }));
    const head: ReportHead = {
      epoch,
      member: this.name,
      number: ++this.#number,
      isMarker,
      isIdle,
      boundMs: bound,
      cutMs: cut,
      firstEndMs: -Infinity,
      servedUntilMs: -Infinity,
      list,
      partitions,
    };
    const options = { words: this.#words, fingerprint: FINGERPRINT, maxPartBytes: MAX_PART_BYTES };
    const parts = encodeReport(head, panes, options);
    this.#log.group.expect(parts, this.#words);
    const sent = {
      id: head,
      parts: parts.map(({ value }) => value),
      delivered: 0,
      lowest: this.#takeOpen(cut),
    };
    this.#unacknowledged.push(sent);
    this.#model.send(this.name, sent);
  }

  /** The lowest offset of each partition in the panes that end at the cut or earlier. */
  #takeOpen(cut: number): Map<string, number> {
    const lowest = new Map<string, number>();
    for (const { key, open } of this.#lanes) {
      for (const [pane, offset] of open) {
        if (pane + SLIDE > cut) continue;
        open.delete(pane);
        lowest.set(key, Math.min(offset, lowest.get(key) ?? Infinity));
      }
    }
    return lowest;
  }

  #commit(): void {
    if (this.#assignment === undefined) return;
    const { group } = this.#log;
    const closedUntil = group.window.closedUntilMs;
    const logFrom = group.rebuildFrom(closedUntil);
    const unacknowledged = this.#model.has("acknowledged before committed") ? this.#unacknowledged : [];
    const commits = this.#lanes.map(({ key, position, open, whole }): [string, Commit] => {
      for (const pane of whole.keys()) if (pane < closedUntil + SLIDE - LENGTH) whole.delete(pane);
      const sent = unacknowledged.map(({ lowest }) => lowest.get(key) ?? Infinity);
      const openFrom = Math.min(position, ...open.values(), ...sent);
      return [key, { openFrom, wholeFrom: Math.min(position, ...whole.values()), logFrom, closedUntil }];
    });
    this.#model.commit(this.#assignment.generation, new Map(commits));
  }
}

function floor(time: number): number {
  return Math.floor(time / SLIDE) * SLIDE;
}

function isIdle({ partition, endSince }: Lane, now: number): boolean {
  if (endSince === undefined) return false;
  return partition.records.length === 0 || now - endSince >= IDLE;
}
