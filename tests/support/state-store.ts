import type { PipelineEvent } from "../../src/core/events.js";
import type { HeldLease, LeaseRequest, StateStore } from "../../src/restatement/ports.js";
import type { Clock } from "../../src/state/clock.js";
import { createHost, type Host } from "../../src/state/host.js";
import type { RecordStore } from "../../src/state/ports.js";
import { createStateStore } from "../../src/state/store.js";

/** A time to live in which a heartbeat comes every 10 s. */
export const ttl = 40_000;
export const scope = "oso/trino";

/** The processes of all machines that a test plays: `machine` → number → birth. */
export class FakeMachines {
  readonly running = new Map<string, Map<number, string>>();

  start(machine: string, pid: number, birth = `birth of ${pid}`): void {
    const processes = this.running.get(machine) ?? new Map<number, string>();
    this.running.set(machine, processes.set(pid, birth));
  }

  end(machine: string, pid: number): void {
    this.running.get(machine)?.delete(pid);
  }

  host(machine: string): Host {
    return createHost({
      machine: async () => machine,
      find: async (pid) => {
        const birth = this.running.get(machine)?.get(pid);
        return birth === undefined ? null : { birth };
      },
    });
  }
}

/** One process that runs the tool, on a machine of its own unless said otherwise. */
export class FakeProcess {
  readonly events: PipelineEvent[] = [];
  readonly stop = new AbortController();
  readonly store: StateStore;

  constructor(
    readonly name: string,
    readonly parts: {
      readonly records: RecordStore;
      readonly clock: Clock;
      readonly machines: FakeMachines;
      readonly machine?: string;
      readonly pid?: number;
      readonly keepRuns?: number;
    },
  ) {
    const { records, clock, machines } = parts;
    machines.start(this.machine, this.pid);
    this.store = createStateStore({
      records,
      clock,
      host: machines.host(this.machine),
      ttlMilliseconds: ttl,
      keepRuns: parts.keepRuns ?? 100,
    });
  }

  get machine(): string {
    return this.parts.machine ?? `host of ${this.name}`;
  }

  get pid(): number {
    return this.parts.pid ?? 1;
  }

  acquire(overrides: Partial<LeaseRequest> = {}): Promise<HeldLease> {
    return this.store.acquire({
      scope,
      holder: {
        run: this.name,
        by: { name: "alice", from: "login" },
        host: this.machine,
        pid: this.pid,
        since: "2026-11-21T14:20:51.000Z",
      },
      wait: 0,
      report: (event) => void this.events.push(event),
      signal: this.stop.signal,
      ...overrides,
    });
  }

  /** Each wait that was told, once. */
  get waits(): string[] {
    return [...new Set(this.events.flatMap((event) => (event.type === "waiting" ? [event.what] : [])))];
  }
}
