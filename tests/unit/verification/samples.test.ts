import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { FailingRows } from "../../../src/verification/compile.js";
import { sampleOf, type SamplePolicy } from "../../../src/verification/samples.js";

const rule: FailingRows = { from: "t WHERE x", columns: ["a", "Id"], ofModel: true };
const policy: SamplePolicy = { rows: 3, hide: [] };

async function shown(
  columns: Record<string, unknown>,
  {
    failing = rule,
    keys = [],
    ...rest
  }: Partial<SamplePolicy> & { failing?: FailingRows; keys?: string[] } = {},
) {
  const asked: string[] = [];
  const sample = await sampleOf(failing, keys, { ...policy, ...rest }, async (sql) => {
    asked.push(sql);
    return {
      columns: Object.keys(columns).map((name) => ({ name, type: "varchar" })),
      rows: [Object.values(columns)],
      queryId: "q",
    };
  });
  return { asked, row: sample?.rows[0], columns: sample?.columns };
}

describe("a sample of failing rows", () => {
  it("has the columns that are unique and those of the check, each once", async () => {
    expect((await shown({ a: 1 }, { keys: ["Id", "day"] })).asked).toEqual([
      'SELECT "Id", "day", "a" FROM t WHERE x LIMIT 3',
    ]);
    const query = { from: "(SELECT 1)", columns: null, ofModel: false };
    expect((await shown({ a: 1 }, { failing: query, keys: ["id"] })).asked).toEqual([
      "SELECT * FROM (SELECT 1) LIMIT 3",
    ]);
  });

  it("is bounded in columns and in length", async () => {
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, "x".repeat(100)]));
    const { columns, row } = await shown(wide);
    expect(columns).toHaveLength(12);
    expect(row?.[0]).toBe(`${"x".repeat(59)}…`);
  });

  it("shows numbers of any size and nested values as text", async () => {
    const { row } = await shown({ a: 9007199254740993n, b: [1n, { c: null }], d: null, e: true });
    expect(row).toEqual(["9007199254740993", '["1",{"c":null}]', null, "true"]);
  });

  it.each([
    ["reach me at jo.doe+x@mail.example.org!", "reach me at ***!"],
    ["AKIAIOSFODNN7EXAMPLE", "***"],
    ["ghp_abcdefghijklmnopqrstuvwxyz0123456789", "***"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "***"],
    ["https://user:pass@host/x", "https://***@host/x"],
    ["a=1&password=hunter2&b=2", "a=1&password=***&b=2"],
    ["Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE", "***"],
  ])("masks what looks like an address or a secret: %s", async (value, safe) => {
    expect((await shown({ note: value })).row).toEqual([safe]);
  });

  it("shows nothing of columns that are named as such, or that are to be hidden", async () => {
    const { row } = await shown({ user_email: "x", api_key: "k", Salary: 5, id: 1 }, { hide: ["salary"] });
    expect(row).toEqual(["***", "***", "***", "1"]);
  });

  it("masks before it cuts, so that no half of a secret is left", async () => {
    const { row } = await shown({ note: `${"x".repeat(50)} a-long-name@example.org` });
    expect(row).toEqual([`${"x".repeat(50)} ***`]);
  });

  it("is none where there are no rows any more, or Trino refuses them", async () => {
    const refusal = new PipelineError("PERMISSION_DENIED", { message: "no" });
    expect(await sampleOf(rule, [], policy, () => Promise.reject(refusal))).toBeNull();
    expect(
      await sampleOf(rule, [], policy, async () => ({ columns: [], rows: [], queryId: "q" })),
    ).toBeNull();
  });
});
