import { describe, expect, it } from "vitest";
import { fakeApp, helpOf, type } from "./fake-app.js";

const asked = async (...line: string[]): Promise<unknown> => {
  let request: unknown;
  const { app } = fakeApp({
    seeds: async () => ({
      add: async (given) => {
        request = given;
        throw new Error("enough");
      },
    }),
  });
  await type(["seed", "add", ...line], app).catch(() => undefined);
  return request;
};

describe("seed add", () => {
  it("asks for eight rows of the table, tried in an environment of its own, and for nothing that is not said", async () => {
    expect(await asked("tpch.sf1.customer")).toEqual({
      table: "tpch.sf1.customer",
      rows: 8,
      name: null,
      owner: null,
      categories: [],
      allowColumns: [],
      leaveOut: [],
      environment: "dev_seeds",
      dryRun: false,
      force: false,
    });
  });

  it("takes every option", async () => {
    const line =
      "a.b --rows 10 --name b__a --owner me --category event --category project --allow-column x --allow-column y";
    expect(
      await asked(...line.split(" "), "--leave-out", "z", "--environment", "ann", "--dry-run", "--force"),
    ).toEqual({
      table: "a.b",
      rows: 10,
      name: "b__a",
      owner: "me",
      categories: ["event", "project"],
      allowColumns: ["x", "y"],
      leaveOut: ["z"],
      environment: "ann",
      dryRun: true,
      force: true,
    });
  });

  it.each(["4", "11", "some"])("refuses %s rows", async (rows) => {
    expect(await asked("a.b", "--rows", rows)).toBeUndefined();
  });

  it("shows examples", async () => {
    expect(await helpOf(["seed", "add"])).toContain(
      "oso-pipeline seed add tpch.sf1.customer --name tpch__customers",
    );
  });
});
