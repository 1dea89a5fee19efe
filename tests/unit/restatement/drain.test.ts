import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { PipelineEvent } from "../../../src/core/events.js";
import { drain } from "../../../src/restatement/drain.js";
import type { RunningQueries, TrinoQuery } from "../../../src/restatement/ports.js";
import { errorOf } from "../../support/errors.js";

const clientTimeoutMilliseconds = 300_000;
const forbidden = (): never => {
  throw new PipelineError("PERMISSION_DENIED", { message: "Access Denied" });
};

interface FakeQuery {
  readonly source: string;
  /** When it ends by itself, and how long it takes to end once it is killed; milliseconds. */
  readonly endsAt: number;
  readonly endsAfterKill: number;
}

/** Trino's queries on a clock that only sleeping moves. */
class FakeTrino implements RunningQueries {
  time = 0;
  readonly killed: string[] = [];
  readonly #ends = new Map<string, number>();

  constructor(
    private readonly queries: Readonly<Record<string, FakeQuery>>,
    private readonly rights: { readonly list: boolean; readonly kill: boolean } = { list: true, kill: true },
    private readonly users: readonly string[] = ["etl"],
  ) {}

  hasEnded(id: string): boolean {
    const query = this.queries[id];
    return query !== undefined && this.time >= Math.min(query.endsAt, this.#ends.get(id) ?? Infinity);
  }

  async ofSource(source: string): Promise<readonly TrinoQuery[]> {
    if (!this.rights.list) forbidden();
    return Object.entries(this.queries)
      .filter(([, query]) => query.source === source)
      .map(([id]) => ({ id, ended: this.hasEnded(id) }));
  }

  async kill(id: string): Promise<void> {
    if (!this.rights.kill) forbidden();
    this.killed.push(id);
    this.#ends.set(id, this.time + (this.queries[id]?.endsAfterKill ?? 0));
  }

  async showsQueriesOf(user: string): Promise<boolean> {
    return this.users.includes(user);
  }
}

function draining(trino: FakeTrino, sources = ["run-1"]) {
  const events: PipelineEvent[] = [];
  const stop = new AbortController();
  const onSleep: (() => void)[] = [];
  const drained = () =>
    drain({
      queries: trino,
      sources,
      users: ["etl"],
      clientTimeoutMilliseconds,
      report: (event) => events.push(event),
      signal: stop.signal,
      now: () => trino.time,
      sleep: async (milliseconds) => {
        onSleep.shift()?.();
        if (!stop.signal.aborted) trino.time += milliseconds;
      },
    });
  const notices = () => events.flatMap((event) => (event.type === "notice" ? [event] : []));
  return { drained, events, notices, stop, onSleep };
}

const query = (ends: Partial<FakeQuery> = {}): FakeQuery => ({
  source: "run-1",
  endsAt: Infinity,
  endsAfterKill: 0,
  ...ends,
});

describe("draining", () => {
  it("kills what still runs, once, waits until it has ended, and names all that ever ran", async () => {
    const trino = new FakeTrino({
      done: query({ endsAt: 0 }),
      running: query({ endsAfterKill: 5_000 }),
      other: query({ source: "run-2" }),
    });
    const { drained, notices } = draining(trino);
    expect(await drained()).toEqual({ known: ["done", "running"], ended: ["running"] });
    expect(trino.killed).toEqual(["running"]);
    expect(trino.hasEnded("running")).toBe(true);
    expect(notices()).toMatchObject([{ level: "info", text: expect.stringContaining("1 query") }]);
  });

  it("says and waits for nothing where a dead run has left nothing", async () => {
    const trino = new FakeTrino({ done: query({ endsAt: 0 }) });
    const { drained, events } = draining(trino);
    expect(await drained()).toEqual({ known: ["done"], ended: [] });
    expect([trino.time, events]).toEqual([0, []]);
  });

  it("drains several runs together, each once", async () => {
    const trino = new FakeTrino({ a: query(), b: query({ source: "run-2" }) });
    expect(await draining(trino, ["run-1", "run-2", "run-1"]).drained()).toEqual({
      known: ["a", "b"],
      ended: ["a", "b"],
    });
    expect(trino.killed).toEqual(["a", "b"]);
  });

  it("never goes on while a query may write, and names it", async () => {
    const trino = new FakeTrino({ stuck: query({ endsAfterKill: Infinity }), fine: query() });
    const error = await errorOf(draining(trino).drained);
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain("stuck");
    expect(error.message).not.toContain("fine");
  });

  it("waits out Trino's client time-out where it may not look, says so, and shows how long", async () => {
    const trino = new FakeTrino({ left: query() }, { list: false, kill: false });
    const { drained, events, notices } = draining(trino);
    expect(await drained()).toEqual({ known: [], ended: [] });
    expect(trino.time).toBeGreaterThanOrEqual(clientTimeoutMilliseconds);
    expect(notices()).toMatchObject([{ level: "warning", text: expect.stringContaining("5 min") }]);
    const waits = events.filter((event) => event.type === "waiting");
    expect(waits.every(({ elapsed, longest }) => elapsed < (longest ?? 0))).toBe(true);
    expect(waits.map(({ elapsed }) => elapsed)).toEqual(
      waits.map(({ elapsed }) => elapsed).toSorted((a, b) => a - b),
    );
  });

  it("waits likewise where nothing is shown of the user as whom the dead run queried", async () => {
    const trino = new FakeTrino({}, { list: true, kill: true }, ["somebody else"]);
    const { drained, notices } = draining(trino);
    expect(await drained()).toEqual({ known: [], ended: [] });
    expect(trino.time).toBeGreaterThanOrEqual(clientTimeoutMilliseconds);
    expect(notices()).toMatchObject([{ level: "warning", text: expect.stringContaining("queries of etl") }]);
  });

  it("goes on as soon as Trino has ended by itself what may not be killed", async () => {
    const trino = new FakeTrino({ left: query({ endsAt: 120_000 }) }, { list: true, kill: false });
    const { drained, notices } = draining(trino);
    expect(await drained()).toEqual({ known: ["left"], ended: [] });
    expect(trino.time).toBeLessThan(130_000);
    expect(notices()).toMatchObject([{ level: "warning" }]);
  });

  it("gives up on what may not be killed and does not end by itself either", async () => {
    const trino = new FakeTrino({ left: query() }, { list: true, kill: false });
    const error = await errorOf(draining(trino).drained);
    expect([error.code, error.message]).toEqual(["SERVICE_UNAVAILABLE", expect.stringContaining("left")]);
    expect(trino.time).toBeGreaterThanOrEqual(clientTimeoutMilliseconds);
  });

  it.each([
    ["looking again", { list: true, kill: true }],
    ["waiting out the time-out", { list: false, kill: false }],
  ])("stops at once when it is interrupted while %s", async (_, rights) => {
    const trino = new FakeTrino({ stuck: query({ endsAfterKill: Infinity }) }, rights);
    const { drained, stop, onSleep } = draining(trino);
    const reason = new PipelineError("TERMINATED", { message: "terminated" });
    onSleep.push(() => stop.abort(reason));
    expect(await errorOf(drained)).toBe(reason);
    expect(trino.time).toBe(0);
  });

  it("passes on any other trouble", async () => {
    const trino = new FakeTrino({});
    trino.ofSource = () => Promise.reject(new PipelineError("SERVICE_UNAVAILABLE", { message: "away" }));
    expect((await errorOf(draining(trino).drained)).message).toBe("away");
  });
});
