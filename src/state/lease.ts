import { PipelineError, messageOf } from "../core/errors.js";
import { formatDuration } from "../core/duration.js";
import { type LeaseHolder, workInWords } from "../core/lease.js";
import type { Clock } from "./clock.js";
import type { FencedStore } from "./ports.js";
import { encode, type RecordOf } from "./records.js";

/**
 * Part of the time to live for which a holder counts on its lease after a heartbeat. The rest is room for all that
 * still runs on when it is over: a statement that is being sent, a process that takes its time to end.
 */
const CERTAIN = 0.75;

/** A lease that this process holds, with the heartbeats that keep it. */
export class Lease {
  readonly takenFrom: LeaseHolder | null;
  readonly #records: FencedStore;
  readonly #record: RecordOf<"lease">;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  readonly #listeners: ((milliseconds: number) => void)[] = [];
  /** When the last heartbeat that arrived was sent: from then on the time to live counts. */
  #renewed: number;
  #trouble: unknown;

  constructor(
    record: RecordOf<"lease">,
    records: FencedStore,
    { asked, takenFrom, clock }: { asked: number; takenFrom: LeaseHolder | null; clock: Clock },
  ) {
    this.#record = record;
    this.#records = records;
    this.takenFrom = takenFrom;
    this.#clock = clock;
    this.#renewed = asked;
    void this.#beat();
    void this.#expire();
  }

  /** Aborted with a PipelineError LEASE_LOST. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Called at once and at each renewal, with the milliseconds from now for which the lease is certain. */
  onRenewed(listener: (milliseconds: number) => void): void {
    this.#listeners.push(listener);
    listener(this.#certainFor());
  }

  /**
   * Reads or writes under this lease. A service that is away is waited for: in milliseconds, or as long as heartbeats
   * could be missed.
   * @throws PipelineError LEASE_LOST, or what the last try ended with.
   */
  async persist<T>(work: (records: FencedStore) => Promise<T>, patience = this.#patience): Promise<T> {
    const until = this.#clock.now() + patience;
    for (;;) {
      this.lost.throwIfAborted();
      try {
        return await work(this.#records);
      } catch (thrown) {
        if (isLeaseLost(thrown)) this.#fencedOut(thrown);
        this.lost.throwIfAborted();
        if (!isPassing(thrown) || this.#clock.now() >= until) throw thrown;
      }
      await this.#clock.sleep(this.#pause, { signal: this.lost });
    }
  }

  /**
   * Ends the heartbeats and gives the lease back, so that the next run need not wait. Also one that could not be
   * renewed in time, if it still is this process's; one that others have is let be.
   */
  async giveBack(): Promise<void> {
    this.#over.abort();
    await this.#records.release().catch((thrown: unknown) => {
      if (!isLeaseLost(thrown)) throw thrown;
    });
  }

  get #patience(): number {
    return this.#record.ttlMilliseconds * CERTAIN;
  }

  /** Before another try, so that a service in trouble is not pressed by all at the same moment. */
  get #pause(): number {
    return Math.min(1_000, this.#record.ttlMilliseconds / 40) * (0.5 + this.#clock.random());
  }

  #certainFor(): number {
    return Math.max(0, this.#renewed + this.#patience - this.#clock.now());
  }

  #fencedOut(thrown: unknown): void {
    this.#trouble = thrown;
    this.#lose("another process has taken it over, or an operator has released it");
  }

  async #beat(): Promise<void> {
    const { ttlMilliseconds: ttl } = this.#record;
    const signal = this.#over.signal;
    for (let beat = 1; ; beat += 1) {
      await this.#clock.sleep((ttl / 4) * (0.9 + 0.2 * this.#clock.random()), { signal, background: true });
      while (!signal.aborted && !(await this.#renew(beat))) {
        await this.#clock.sleep(this.#pause, { signal, background: true });
      }
      if (signal.aborted) return;
    }
  }

  /** False where it is worth another try. */
  async #renew(beat: number): Promise<boolean> {
    const sent = this.#clock.now();
    try {
      await this.#records.renew(encode("lease", { ...this.#record, beat }));
    } catch (thrown) {
      if (isLeaseLost(thrown)) this.#fencedOut(thrown);
      this.#trouble = thrown;
      return false;
    }
    if (this.#over.signal.aborted) return true;
    this.#trouble = undefined;
    this.#renewed = sent;
    for (const listener of this.#listeners) listener(this.#certainFor());
    return true;
  }

  /** Whatever hangs: once the time to live is over, others may have the lease. */
  async #expire(): Promise<void> {
    const { ttlMilliseconds: ttl } = this.#record;
    const signal = this.#over.signal;
    while (!signal.aborted) {
      const left = this.#renewed + ttl - this.#clock.now();
      if (left > 0) await this.#clock.sleep(left, { signal, background: true });
      else
        this.#lose(
          `it could not be renewed for ${formatDuration(ttl)}${this.#trouble === undefined ? ", in which this process stood still" : `: ${messageOf(this.#trouble)}`}`,
        );
    }
  }

  #lose(why: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    const { scope, holder } = this.#record;
    this.#lost.abort(
      new PipelineError("LEASE_LOST", {
        message: `${workInWords(holder)} has lost the lease on ${scope}: ${why}`,
        hint: `\`oso-pipeline lease show\` says who holds it now; ${holder.run === null ? "the next publication ends what was begun" : `\`oso-pipeline resume ${holder.run}\` goes on from what is stored`}`,
        cause: this.#trouble,
      }),
    );
  }
}

const isLeaseLost = (thrown: unknown): boolean =>
  thrown instanceof PipelineError && thrown.code === "LEASE_LOST";

/** What a moment later may go well: a service that is away or too slow, a disk that is full. */
const isPassing = (thrown: unknown): boolean =>
  thrown instanceof PipelineError && (thrown.code === "SERVICE_UNAVAILABLE" || thrown.code === "TIMEOUT");
