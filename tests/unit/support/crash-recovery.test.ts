import { describe, expect, it } from "vitest";
import { everyEffectOf } from "../../support/crash-recovery.js";

const deaths = (...effects: string[]): string[] =>
  everyEffectOf(effects.flatMap((effect) => [`before ${effect}`, `after ${effect}`])).map(
    ({ victim, when, effect }) => `${victim} ${when} ${effect}`,
  );

describe("the moments to die at", () => {
  it("are before and after everything that changes something, for the command line and for the bridge", () => {
    const effect = "POST /api/v2/trees/state@…/history/commit writes run/…#1";
    expect(deaths(effect)).toEqual([
      `cli before ${effect}`,
      `bridge before ${effect}`,
      `cli after ${effect}`,
      `bridge after ${effect}`,
    ]);
    expect(deaths("bridge stores events#1")).toHaveLength(4);
  });

  it("are for both while a statement is on its way", () => {
    expect(deaths("bridge sends INSERT events#1")).toEqual(["both after bridge sends INSERT events#1"]);
  });

  it("are before reading, once for what is read in a row", () => {
    const state = "POST /api/v2/trees/state/contents reads run/…#1";
    expect(deaths("GET /api/v2/trees/main#1", state, "engine.mark#1", "GET /api/v2/trees/main#2")).toEqual([
      "cli before GET /api/v2/trees/main#1",
      "cli before engine.mark#1",
      "bridge before engine.mark#1",
      "cli after engine.mark#1",
      "bridge after engine.mark#1",
      "cli before GET /api/v2/trees/main#2",
    ]);
  });

  it("are not for a bridge that is not there yet", () => {
    expect(deaths("engine.load#1")).toEqual([
      "cli before engine.load#1",
      "cli after engine.load#1",
      "bridge after engine.load#1",
    ]);
  });

  it("are not at calls whose requests are moments themselves, nor at heartbeats after the first", () => {
    const lease = "POST /api/v2/trees/state@…/history/commit writes lease/crash/trino";
    expect(deaths("state.runs#1", "lease.saveRun#1", "engine.permit#2", `${lease}#2`)).toEqual([]);
    expect(deaths("engine.permit#1")).toHaveLength(4);
    expect(deaths(`${lease}#1`)).toHaveLength(4);
    expect(deaths(`${lease}#11`)).toEqual([]);
  });
});
