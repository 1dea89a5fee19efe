import { describe, expect, it } from "vitest";
import { fileName, match, model, models, ofKind, read, seedRows } from "./project.js";

const number = (header: string, setting: string): number =>
  Number(match(header, new RegExp(`${setting} (\\d+)`)));

describe("the sample warehouse", () => {
  it.each([
    ["SEED", 7],
    ["FULL", 13],
    ["INCREMENTAL_BY_TIME_RANGE", 4],
    ["INCREMENTAL_BY_UNIQUE_KEY", 1],
    ["SCD_TYPE_2_BY_TIME", 1],
    ["EMBEDDED", 1],
    ["VIEW", 6],
  ])("has models of kind %s: %i", (kind, count) => {
    expect(ofKind(kind)).toHaveLength(count);
  });

  it("has no model of another kind", () => {
    expect(models).toHaveLength(33);
  });

  it("declares every table outside it that a model reads", () => {
    const declared = [...read("external_models.yaml").matchAll(/^- name: (\S+)$/gm)].map(([, name]) => name);
    const external = models.flatMap(({ reads }) => reads).filter((table) => table.startsWith("tpch."));
    expect(new Set(external)).toEqual(new Set(declared));
  });

  it("reads no model that is not there", () => {
    const names = new Set(models.map(({ name }) => name));
    const missing = models
      .flatMap(({ reads }) => reads)
      .filter((table) => table.startsWith("oso.") && !names.has(table));
    expect(missing).toEqual([]);
  });

  it("has a view over a view", () => {
    const views = new Set(ofKind("VIEW").map(({ name }) => name));
    expect(ofKind("VIEW").filter(({ reads }) => reads.some((table) => views.has(table)))).not.toEqual([]);
  });

  it("has an incremental model downstream of an incremental model, each of several batches", () => {
    expect(model("oso.int_events__github").reads).toContain("oso.stg_github__events");
    expect(number(model("oso.stg_github__events").header, "batch_size")).toBe(1);
    expect(number(model("oso.int_events__github").header, "batch_size")).toBe(2);
  });

  it("gives incremental models a fixed range, so that their batches do not grow with the calendar", () => {
    const incremental = [...ofKind("INCREMENTAL_BY_TIME_RANGE"), ...ofKind("INCREMENTAL_BY_UNIQUE_KEY")];
    expect(
      incremental.filter(({ header }) => !/ {2}start '2025-01-01',\n {2}end '2025-06-30',/.test(header)),
    ).toEqual([]);
  });

  it("has something due every day and every week", () => {
    expect(models.filter(({ header }) => header.includes("cron '@weekly'"))).not.toEqual([]);
    expect(model("oso.key_metrics_by_project_v0").header).toContain("cron '@daily'");
  });

  it.each(ofKind("SEED"))("gives $name 5 to 10 rows with the columns it declares", (seed) => {
    const [header, ...rows] = seedRows(seed);
    const columns = match(seed.header, /columns \(([^)]*)\)/)
      .trim()
      .split(",")
      .map((column) => column.trim().split(" ")[0]);
    expect(header).toEqual(columns);
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(rows.length).toBeLessThanOrEqual(10);
    expect(rows.filter((row) => row.length !== columns.length)).toEqual([]);
  });
});

const layers: Readonly<Record<string, RegExp>> = {
  source: /^oso\.seed_[a-z_]+__[a-z_]+$/,
  staging: /^oso\.stg_[a-z_]+__[a-z_]+$/,
  intermediate: /^oso\.int_[a-z_]+$/,
  mart: /^oso\.([a-z_]+_v[01]|events_daily_to_project)$/,
};

const modelTypes: Readonly<Record<string, string>> = {
  SEED: "seed",
  FULL: "full",
  VIEW: "view",
  EMBEDDED: "embedded",
  INCREMENTAL_BY_TIME_RANGE: "incremental",
  INCREMENTAL_BY_UNIQUE_KEY: "incremental",
  SCD_TYPE_2_BY_TIME: "scd",
};

describe.each(models)("$name", (each) => {
  const valuesOf = (key: string): string[] =>
    each.tags.filter((tag) => tag.startsWith(`${key}=`)).map((tag) => tag.slice(key.length + 1));

  it("is named after its file and its layer", () => {
    const [stage = "none"] = valuesOf("model_stage");
    expect(each.name).toBe(`oso.${fileName(each)}`);
    expect(each.name).toMatch(layers[stage] ?? /^$/);
  });

  it("says what it holds and who owns it", () => {
    expect(each.description).not.toBe("");
    expect(each.owner).toMatch(/^data-[a-z]+$/);
  });

  it("is tagged with its kind and an entity category, in tags that selectors can name", () => {
    expect(valuesOf("model_type")).toEqual([modelTypes[each.kind]]);
    expect(valuesOf("entity_category")).not.toEqual([]);
    expect(each.tags.filter((tag) => !/^[a-z_]+(=[a-z_]+)?$/.test(tag))).toEqual([]);
  });

  it("has a grain", () => {
    expect(each.header).toMatch(/^ {2}grain \(/m);
  });
});
