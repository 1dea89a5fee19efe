import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { PipelineEvent } from "../../../src/core/events.js";
import { SeedService, type SeedParts, type SeedRequest } from "../../../src/seeds/add.js";
import type { Row } from "../../../src/seeds/column.js";
import { errorOf } from "../../support/errors.js";
import { FakeFiles, FakeTable, fakeWorkbench } from "../../support/seeds.js";

const columns = [
  { name: "id", type: "bigint" },
  { name: "email", type: "varchar" },
  { name: "created_at", type: "timestamp(3)" },
  { name: "seen_at", type: "bigint" },
  { name: "owner_address", type: "varchar" },
  { name: "_dlt_id", type: "varchar" },
];
const chain = "0x87FEEd6162CB7dFe6B62F64366742349bF4D1B05";
const rows: readonly Row[] = [
  ["1", "ann@site.org", "2024-01-01 00:00:00.000000", "1700000000000", chain],
  ["2", null, null, "1700000000001", null],
];
const request: SeedRequest = {
  table: "crm.people",
  rows: 5,
  name: null,
  owner: null,
  categories: [],
  allowColumns: [],
  leaveOut: [],
  environment: "dev",
  dryRun: false,
  force: false,
};
const sample = (path: string, name: string, more = ""): { path: string; text: string } => ({
  path,
  text: `MODEL (\n  name ${name},\n  kind FULL${more}\n);\nSELECT 1 AS a\n`,
});

function service(over: Partial<SeedParts> = {}) {
  const events: PipelineEvent[] = [];
  const files = new FakeFiles();
  const source = new FakeTable(columns, rows);
  const workbench = fakeWorkbench();
  const parts = {
    source,
    files,
    workbench,
    report: (event: PipelineEvent) => void events.push(event),
    signal: new AbortController().signal,
    now: () => Date.UTC(2026, 10, 21, 10, 11, 12, 345),
    catalog: "iceberg",
    ...over,
  };
  return {
    add: (more: Partial<SeedRequest> = {}) => new SeedService(parts).add({ ...request, ...more }),
    events,
    files,
    source,
    workbench,
  };
}
const filesOf = (files: FakeFiles): Record<string, string> =>
  Object.fromEntries(files.placed.map(({ path, text }) => [path, text]));

describe("making a seed", () => {
  it("writes the CSV, the SEED model and the staging model, and builds both", async () => {
    const { add, files, workbench } = service();
    const { result, failure } = await add();
    expect(failure).toBeUndefined();
    const written = filesOf(files);
    expect(Object.keys(written)).toEqual([
      "seeds/crm__people.csv",
      "models/seeds/seed_crm__people.sql",
      "models/staging/stg_crm__people.sql",
    ]);
    expect(written["seeds/crm__people.csv"]).toMatch(
      new RegExp(
        [
          "^id,email,created_at,seen_at,owner_address",
          `1,user-[0-9a-f]{10}@example.com,2026-11-21 10:11:12.345000,1795255872345,${chain}`,
          "2,,,1795255872345,\n$",
        ].join("\n"),
      ),
    );
    expect(written["models/staging/stg_crm__people.sql"]).toContain(
      "LOWER(owner_address::VARCHAR) AS owner_address",
    );
    expect(written["models/staging/stg_crm__people.sql"]).toContain("created_at::TIMESTAMP(6) AS created_at");
    expect(result.leftOut).toEqual(["_dlt_id"]);
    expect(workbench.asked).toEqual([
      { models: ["oso.seed_crm__people", "oso.stg_crm__people"], environment: "dev" },
    ]);
  });

  it("leaves allowed columns as they are", async () => {
    const { add, files } = service();
    await add({ allowColumns: ["email", "created_at", "seen_at"] });
    expect(filesOf(files)["seeds/crm__people.csv"]).toContain(
      "1,ann@site.org,2024-01-01 00:00:00.000000,1700000000000,",
    );
  });

  it("changes nothing on a dry run", async () => {
    const { add, files, workbench } = service();
    const { result } = await add({ dryRun: true });
    expect(result.written).toBe(false);
    expect(files.placed).toEqual([]);
    expect(files.keptKey).toBe(false);
    expect(workbench.asked).toEqual([]);
  });

  it("reads no more of the table than it says", async () => {
    const { add, source } = service();
    const { result } = await add({ dryRun: true });
    expect(source.statements).toHaveLength(result.cost.queries);
    for (const sql of source.statements) {
      const [, limit] = /FROM "iceberg"\."crm"\."people" LIMIT (\d+)/.exec(sql) ?? [];
      expect(Number(limit)).toBeLessThanOrEqual(result.cost.rowsAtMost);
    }
  });

  it("writes as the project does: schema, folders, owner, tags and audit", async () => {
    const files = new FakeFiles([
      sample(
        "models/staging/ens/stg_ens__domains.sql",
        "dw.stg_ens__domains",
        ",\n  owner 'data-ens',\n  tags ('model_stage=staging')",
      ),
      { path: "audits/rows.sql", text: "AUDIT (\n  name has_at_least_n_rows\n);" },
      { path: "macros/oso_source.py", text: "@macro()\ndef oso_source(evaluator, table_name):\n" },
    ]);
    const { result } = await service({ files }).add({ categories: ["person"] });
    const staging = filesOf(files)["models/staging/crm/stg_crm__people.sql"];
    expect(result).toMatchObject({ owner: "data-ens", models: { staging: "dw.stg_crm__people" } });
    expect(result.source).toBe("@oso_source('iceberg.crm.people')");
    expect(staging).toContain("owner 'data-ens'");
    expect(staging).toContain("has_at_least_n_rows(threshold := 1)");
    expect(staging).toContain("'model_stage=staging',\n    'entity_category=person'");
    expect(filesOf(files)["models/seeds/seed_crm__people.sql"]).toContain(
      "path '../../seeds/crm__people.csv'",
    );
  });

  it("refuses to overwrite, unless forced", async () => {
    const there = [{ path: "seeds/crm__people.csv", text: "" }];
    const refused = service({ files: new FakeFiles(there) });
    expect(await errorOf(refused.add)).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("seeds/crm__people.csv"),
    });
    expect(refused.source.statements).toEqual([]);
    const { result } = await service({ files: new FakeFiles(there) }).add({ force: true });
    expect(result.replaced).toBe(true);
  });

  it("refuses a name that another file's model has, forced or not", async () => {
    const files = new FakeFiles([sample("models/other.sql", "oso.stg_crm__people")]);
    const error = await errorOf(() => service({ files }).add({ force: true }));
    expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("models/other.sql") });
  });

  it("refuses types that a seed cannot carry, by the names of the columns", async () => {
    const source = new FakeTable(
      [
        { name: "ok", type: "bigint" },
        { name: "wait", type: "interval day to second" },
        { name: "net", type: "ipaddress" },
        { name: "blobs", type: "array(varbinary)" },
        { name: "fine_ts", type: "timestamp(9)" },
      ],
      [],
    );
    expect(await errorOf(service({ source }).add)).toMatchObject({
      code: "USAGE",
      message:
        "4 columns of iceberg.crm.people cannot be carried by a seed: wait (interval day to second), net (ipaddress), blobs (array(varbinary)), fine_ts (timestamp(9))",
      hint: "leave them out with --leave-out wait --leave-out net --leave-out blobs --leave-out fine_ts",
    });
  });

  it.each([
    [{ allowColumns: ["emial"] }, "has no column emial", "did you mean email?"],
    [{ table: "people" }, "does not name a table", "write catalog.schema.table"],
    [{ name: "People" }, "is no name for a seed", "--name <source>__<table>"],
  ])("refuses %j, saying what to write", async (more, message, hint) => {
    const error = await errorOf(() => service().add(more));
    expect(error).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it("refuses an empty table", async () => {
    const source = new FakeTable(columns, []);
    expect(await errorOf(service({ source }).add)).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("no rows"),
    });
  });

  it("tells what SQLMesh could not build, with the files left to be mended", async () => {
    const failures = [
      { model: "oso.stg_crm__people", reason: "error" as const, message: "no such function", audits: [] },
    ];
    const { result, failure } = await service({ workbench: fakeWorkbench({ failures }) }).add();
    expect(failure).toMatchObject({
      code: "TRANSFORMATION_FAILED",
      hint: expect.stringContaining("run --environment dev"),
    });
    expect(result.check).toMatchObject({ status: "failed", failures });
  });

  it("tells of a project that does not load any more", async () => {
    const thrown = new PipelineError("PROJECT_INVALID", { message: "the linter refuses it", hint: "look" });
    const { result, failure } = await service({ workbench: fakeWorkbench(thrown) }).add();
    expect(failure).toMatchObject({
      code: "PROJECT_INVALID",
      hint: expect.stringMatching(/^look; the files are there: mend/),
    });
    expect(result.written).toBe(true);
  });

  it("compares what SQLMesh has built with what was read", async () => {
    const tables = new Map([["oso.stg_crm__people", "phys.people"]]);
    const back = [
      ["1", "ann@site.org", "2024-01-01 00:00:00.000000", "1700000000000", chain.toLowerCase()],
      ["2", "", null, "1700000000001", null],
    ];
    const source = new FakeTable(columns, rows, new Map([['"phys"."people"', back]]));
    const { result, failure } = await service({ source, workbench: fakeWorkbench({ tables }) }).add({
      allowColumns: ["email", "created_at", "seen_at"],
    });
    expect(result.check).toMatchObject({
      status: "failed",
      differences: [{ model: "oso.stg_crm__people", column: "email", wanted: null, got: "" }],
    });
    expect(failure).toMatchObject({
      code: "CHECKS_FAILED",
      message: expect.stringContaining("email is '' instead of NULL"),
    });
  });

  it("says that an earlier seed was completed", async () => {
    const { add, files, events } = service();
    files.left = ["models/staging/stg_a__b.sql"];
    await add();
    expect(events).toContainEqual(
      expect.objectContaining({ type: "notice", text: expect.stringContaining("stg_a__b.sql is there now") }),
    );
  });
});
