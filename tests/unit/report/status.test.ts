import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../../src/report/text/status.js";
import type { WarehouseStatus } from "../../../src/status/status.js";
import { attempt, failed, failure, lease, outcome, record, run, status, terminalOf } from "./fixtures.js";

const calm: WarehouseStatus = { ...status, leases: [], unfinished: [], last: null, next: [] };
const line = (label: string, change: Partial<WarehouseStatus>): string =>
  renderStatus({ ...calm, ...change }, terminalOf(300))
    .split("\n")
    .find((text) => text.startsWith(`  ${label}`))
    ?.slice(label.length + 2)
    .trim() ?? "";

describe("the text of the status", () => {
  it("is one screen: readers, main, verification, freshness, runs, who is at work, what is left, what to type", () => {
    expect(renderStatus(status, terminalOf(100)).split("\n")).toEqual([
      "  readers    release 12 of 366be0c80000 (consumer) since 2026-11-19 06:10 UTC (2 d ago), by bob",
      "  main       99aa11111111, 14 commits ahead: 5 models differ, oso.a, oso.b, oso.c and 2 more",
      "  verified   main's head warned 2026-11-21 16:00 UTC (1 h ago), by alice: 2 warned, 12 passed; holds",
      "             until 2026-11-22 16:00 UTC (in 22 h)",
      "  freshness  30 of 40 models up to date; 8 due; 2 behind their cadence: oso.events_daily (@daily, 2",
      "             d), oso.new (@hourly, no data); as of 2 d ago",
      `  last run   ${run} failed 2026-11-21 14:20 UTC (3 h ago)`,
      `  at work    run ${run} of alice on runner-2 (pid 4711) since 2026-11-21 14:20 UTC`,
      "",
      `Run ${run} failed in prod, restating oso.stg_github__events`,
      "✗ oso.int_events__github in attempt 2: Audits failed: not_null on the column to_artifact_id, 17",
      "  failing rows",
      "Left: 23 of 38 batches of 4 models, then what is due",
      "",
      `next: oso-pipeline resume ${run}            does what is left`,
      `      oso-pipeline resume ${run} --abandon  gives it up`,
    ]);
  });

  it("says what readers see, and whether that is a release at all", () => {
    const { consumer } = status;
    if (consumer === null) throw new Error("the fixture has readers");
    expect(line("readers", { consumer: { ...consumer, isVerified: false } })).toMatch(
      /without verification$/,
    );
    const bare = { ...consumer, release: null, since: null, by: null, isVerified: null };
    expect(line("readers", { consumer: bare })).toBe("366be0c80000 (consumer), which is no release");
    expect(line("readers", { consumer: null })).toBe("nothing yet: there is no consumer tag");
  });

  it("says how far main is ahead, however far", () => {
    const { consumer } = status;
    expect(line("main", { main: null })).toBe("no such branch");
    expect(line("main", { consumer: null, ahead: null })).toBe("99aa11111111");
    expect(line("main", { main: consumer?.base ?? null })).toBe("366be0c80000, which is what readers see");
    const nothing = { commits: { count: 1, isAll: true }, changed: { names: [], isAll: true } };
    expect(line("main", { ahead: nothing })).toMatch(/, 1 commit ahead; nothing that readers query differs$/);
    const much = { commits: { count: 1000, isAll: false }, changed: { names: ["oso.a"], isAll: false } };
    expect(line("main", { ahead: much })).toMatch(
      /, more than 1 000 commits ahead: more than 1 models differ, oso\.a$/,
    );
  });

  it("says of the last verification what it found, where, and whether it still holds", () => {
    const { verification } = status;
    if (verification === null) throw new Error("the fixture has a verification");
    const of = (change: Partial<typeof verification>): string =>
      line("verified", { verification: { ...verification, ...change } });
    expect(of({ until: "2026-11-21T17:00:00.000Z" })).toMatch(/; has run out$/);
    expect(
      of({ until: null, verdict: "failed", checks: { passed: 3, warned: 0, failed: 1, error: 1 } }),
    ).toBe("main's head failed 2026-11-21 16:00 UTC (1 h ago), by alice: 1 failed, 1 error, 3 passed");
    expect(of({ base: "00".padEnd(64, "0") })).toMatch(/^000000000000 warned/);
    expect(of({ release: 11, until: null })).toMatch(/^release 11 warned/);
    expect(line("verified", { verification: null })).toBe("nothing that is remembered");
  });

  it("names models whose cadence cannot be read, and has no word on freshness before a run has told", () => {
    const { freshness } = status;
    if (freshness === null) throw new Error("the fixture knows its models");
    const odd = { ...freshness, due: 0, stale: [], unknown: ["oso.odd"] };
    expect(line("freshness", { freshness: odd })).toBe(
      "30 of 40 models up to date; 1 cadence unreadable: oso.odd; as of 2 d ago",
    );
    expect(line("freshness", { freshness: null })).toBe("not known before the next run has ended");
  });

  it("says what could not be asked once for each reason, and of each line that it is not known", () => {
    const down = (section: WarehouseStatus["unknown"][number]["section"]) =>
      ({ section, code: "SERVICE_UNAVAILABLE", message: "Nessie does not answer" }) as const;
    const text = renderStatus(
      {
        ...calm,
        main: null,
        consumer: null,
        ahead: null,
        verification: null,
        unknown: [down("runs"), down("readers"), down("verification")],
      },
      terminalOf(120),
    );
    expect(text.split("\n")).toEqual([
      "  readers    not known",
      "  main       not known",
      "  verified   not known",
      "  freshness  30 of 40 models up to date; 8 due; 2 behind their cadence: oso.events_daily (@daily, 2 d), oso.new",
      "             (@hourly, no data); as of 2 d ago",
      "  last run   not known",
      "",
      "! Not known: where main and the consumer tag stand, runs and leases, the last verification. Nessie does not answer",
    ]);
  });

  it("says of a holder whose process is gone that it is dead, not at work", () => {
    const dead = { ...lease, holder: "dead" } as const;
    expect(renderStatus({ ...status, leases: [dead] }, terminalOf(100))).toContain(
      `\n  dead       run ${run} of`,
    );
  });

  it("says what the last run did and how long it took, and why one ended that could not even begin", () => {
    const done = {
      ...failed,
      state: "succeeded",
      run: { ...record, endedAt: "2026-11-21T15:20:51.000Z" },
      due: { attempt: 1, models: [outcome("oso.a", 0, 1), outcome("oso.b", 1, 1)], failures: [] },
    } as const;
    expect(line("last run", { last: done })).toMatch(
      /succeeded 2026-11-21 15:20 UTC \(2 h ago\), after 1 h 0 min: deployed 1 model, restated 2 models, ran by cadence 1 model$/,
    );
    const attempts = [
      attempt(1, { failure: failure("APPROVAL_MISSING", "nobody agrees", "let somebody agree") }),
    ];
    const refused = { ...failed, run: { ...record, attempts }, failures: [] };
    expect(renderStatus({ ...status, unfinished: [refused] }, terminalOf(100))).toContain(
      "restating oso.stg_github__events\n✗ nobody agrees\n  let somebody agree\nLeft:",
    );
    const stopped = [attempt(1, { failure: failure("INTERRUPTED", "interrupted") })];
    const interrupted = { ...refused, state: "interrupted", run: { ...record, attempts: stopped } } as const;
    expect(renderStatus({ ...status, unfinished: [interrupted] }, terminalOf(100))).not.toContain("✗");
  });

  it.each([60, 80, 200])("fits %i columns", (columns) => {
    const lines = renderStatus(status, terminalOf(columns)).split("\n");
    const told = lines.filter((text) => !text.includes("oso-pipeline "));
    expect(told.filter((text) => stringWidth(text) > columns)).toEqual([]);
  });
});
