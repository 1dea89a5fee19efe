import { describe, expect, it } from "vitest";
import { SeedService } from "../../../src/seeds/add.js";
import { createTrinoClient } from "../../../src/trino/client.js";
import { FakeFiles, fakeWorkbench } from "../../support/seeds.js";
import { replay } from "../http/replay.js";

describe("a seed of what Trino answered", () => {
  it("holds 64-bit integers, REAL, NaN, emojis, bytes, instants and rows as they are, and no e-mail address", async () => {
    const server = await replay("trino", "seed");
    const files = new FakeFiles();
    const seeds = new SeedService({
      source: createTrinoClient({ server: server.url, user: "reader" }),
      files,
      workbench: fakeWorkbench(),
      report: () => undefined,
      signal: new AbortController().signal,
      now: () => Date.UTC(2026, 10, 21),
      catalog: "iceberg",
    });
    const { result } = await seeds.add({
      table: "seedlab.recorded",
      rows: 5,
      name: null,
      owner: null,
      categories: [],
      allowColumns: ["tz"],
      leaveOut: [],
      environment: "dev",
      dryRun: false,
      force: false,
    });
    const [csv, seed, staging] = files.placed.map(({ text }) => text);
    expect(csv).toBe(`id,r,d,txt,bin,tz,entry
"""9223372036854775807""",0.1,"""NaN""",😀 user-9afd193dc7@example.com,AB01,2024-01-01 09:00:00.123456 UTC,"{""a"":9223372036854775807,""b"":""😀"",""at"":""2024-01-01 10:00:00.123456""}"
"""-9223372036854775808""",16777216,"""1.0E-1""",,,NULL,NULL
NULL,NULL,NULL,NULL,NULL,NULL,"{""a"":null,""b"":null,""at"":null}"
`);
    expect(seed).toContain("na_values = ('NULL')");
    expect(staging).toContain(
      'CAST(CAST(JSON_PARSE(entry) AS ROW("a" BIGINT, "b" VARCHAR, "at" VARCHAR)) AS ROW("a" BIGINT, "b" VARCHAR, "at" TIMESTAMP(6))) AS entry',
    );
    expect(result.cost).toMatchObject({ queries: 3 });
    expect(server.left()).toEqual([]);
  });
});
