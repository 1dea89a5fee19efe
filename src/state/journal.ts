import type { JournalEntry } from "../restatement/runs.js";
import type { Clock } from "./clock.js";
import type { StoredRecord } from "./ports.js";
import { decode, encodeJournal } from "./records.js";
import { unreadable } from "./refusals.js";

export const journalKeys = (run: string): string => `journal/${run}/`;

const segmentKey = (run: string, number: number): string =>
  `${journalKeys(run)}${String(number).padStart(6, "0")}`;

/** Where a journal goes: both under the lease. */
export interface JournalStore {
  list(prefix: string): Promise<readonly StoredRecord[]>;
  write(key: string, value: string): Promise<void>;
}

/** A segment is written anew with each entry that joins it, so it is closed before that gets dear; in characters. */
const SEGMENT = 32_000;

/**
 * Milliseconds between two writes. When hundreds of batches end in a second, writing each at once takes a quarter of a
 * core and keeps Nessie busy. What a crash in this time takes with it is found in SQLMesh's state.
 */
const PAUSE = 200;

/**
 * Writes one run's journal in segments: an entry at once, and what comes during its write and shortly after together
 * with the next one, so that however slow the store, the journal never lags by more than one write and a pause.
 */
export class JournalWriter {
  readonly #waiting: string[] = [];
  #segment:
    { readonly number: number; readonly entries: readonly string[]; readonly length: number } | undefined;
  #writing: Promise<void> | undefined;
  #isBusy = false;
  readonly #never = new AbortController().signal;

  constructor(
    readonly run: string,
    readonly store: JournalStore,
    readonly clock: Clock,
  ) {}

  append(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#waiting.push(JSON.stringify(entry));
    // Its failure is told by flush, which tries again.
    if (!this.#isBusy) this.#writeWhatComes().catch(() => undefined);
  }

  /** Settles when all that was appended before is written. What could not be written stays for the next try. */
  async flush(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    while (this.#waiting.length > 0) await this.#write();
  }

  async #writeWhatComes(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#waiting.length > 0) {
        await this.#write();
        // Who fills whole segments has more to write than pauses leave time for.
        if (this.#segment?.length === 0) continue;
        await this.clock.sleep(PAUSE, { signal: this.#never, background: true });
      }
    } finally {
      // At the very moment at which nothing waits: what is appended next has to start another one.
      this.#isBusy = false;
    }
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeNext().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeNext(): Promise<void> {
    const segment = (this.#segment ??= { number: await this.#nextNumber(), entries: [], length: 0 });
    const joining = fitting(this.#waiting, SEGMENT - segment.length);
    const entries = [...segment.entries, ...joining];
    await this.store.write(segmentKey(this.run, segment.number), encodeJournal(this.run, entries));
    this.#waiting.splice(0, joining.length);
    const length = segment.length + joining.reduce((sum, one) => sum + one.length, 0);
    this.#segment =
      length < SEGMENT
        ? { number: segment.number, entries, length }
        : { number: segment.number + 1, entries: [], length: 0 };
  }

  /** Each attempt begins a segment of its own after those of the ones before. */
  async #nextNumber(): Promise<number> {
    const last = (await this.store.list(journalKeys(this.run))).at(-1);
    return last === undefined ? 1 : Number.parseInt(last.key.slice(journalKeys(this.run).length), 10) + 1;
  }
}

/** As many of the first as come to the length, and one more. */
function fitting(entries: readonly string[], length: number): string[] {
  let sum = 0;
  const end = entries.findIndex((entry) => (sum += entry.length) >= length);
  return entries.slice(0, end === -1 ? entries.length : end + 1);
}

/** @throws PipelineError STATE_UNREADABLE where a segment is missing or broken; VERSION_UNSUPPORTED. */
export function readJournal(
  run: string,
  place: string,
  segments: readonly StoredRecord[],
): readonly JournalEntry[] {
  segments.forEach(({ key }, index) => {
    const expected = segmentKey(run, index + 1);
    if (key !== expected) throw unreadable(`${place} has lost the record ${expected}`, expected);
  });
  return segments.flatMap((stored) => decode("journal", place, stored).entries);
}
