import { describe, expect, it } from "vitest";
import { createTrinoClient } from "../../../src/trino/client.js";
import { errorOf } from "../../support/errors.js";
import { recording, replay } from "../http/replay.js";

/** Runs the recorded statement against what the real Trino answered to it. */
async function again(name: string) {
  const server = await replay("trino", name);
  const sql = recording("trino", name)[0]?.request.body ?? "";
  return {
    ask: () => createTrinoClient({ server: server.url, user: "reader" }).query(sql),
    left: server.left,
  };
}

describe("what Trino answered", () => {
  it("keeps 64-bit integers exact, in arrays, maps and rows too, and leaves decimals and times as text", async () => {
    const { ask, left } = await again("types");
    const result = await ask();
    expect(result.columns).toEqual([
      { name: "a", type: "array(bigint)" },
      { name: "m", type: "map(varchar(1), bigint)" },
      { name: "r", type: "row(b bigint, d decimal(3, 1))" },
      { name: "safe", type: "bigint" },
      { name: "d", type: "double" },
      { name: "t", type: "timestamp(6)" },
      { name: "n", type: "varchar" },
    ]);
    expect(result.rows).toEqual([
      [
        [9007199254740993n],
        { k: 9007199254740993n },
        [-9223372036854775808n, "1.5"],
        Number.MAX_SAFE_INTEGER,
        1e17,
        "2020-01-01 00:00:00.123456",
        null,
      ],
    ]);
    expect(result.bytesRead).toBe(0);
    expect(result.queryId).toMatch(/^\d{8}_\d{6}_\d{5}_\w{5}$/);
    expect(left()).toEqual([]);
  });

  it("has columns even where there are no rows", async () => {
    const { ask } = await again("nothing");
    expect(await ask()).toMatchObject({ columns: [{ name: "one", type: "integer" }], rows: [] });
  });

  it("has neither for a statement without a result", async () => {
    const { ask, left } = await again("statement");
    expect(await ask()).toMatchObject({ columns: [], rows: [] });
    expect(left()).toEqual([]);
  });

  it.each([
    ["syntax-error", /^Trino query \S+ failed \(SYNTAX_ERROR\): line 1:1: mismatched input 'SELEC'/],
    [
      "table-missing",
      /^Trino query \S+ failed \(TABLE_NOT_FOUND\): line 1:15: Table 'tpch.tiny.nowhere' does not exist$/,
    ],
    ["division-by-zero", /^Trino query \S+ failed \(DIVISION_BY_ZERO\): Division by zero$/],
  ])("is QUERY_FAILED with Trino's name, place and words (%s)", async (name, message) => {
    const { ask, left } = await again(name);
    const error = await errorOf(ask);
    expect(error.code).toBe("QUERY_FAILED");
    expect(error.message).toMatch(message);
    expect(left()).toEqual([]);
  });

  it("keeps Trino's error name for whoever must tell failures apart", async () => {
    const { ask } = await again("table-missing");
    expect((await errorOf(ask)).cause).toMatchObject({
      errorName: "TABLE_NOT_FOUND",
      errorType: "USER_ERROR",
    });
  });

  it("is TIMEOUT where Trino itself ended the query for taking too long", async () => {
    const { ask } = await again("time-limit");
    expect((await errorOf(ask)).code).toBe("TIMEOUT");
  });
});
