import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { checkSchema } from "../../../src/config/check-schema.js";
import { filesBelow, model, models, read } from "./project.js";

const guide = readFileSync(new URL("../../../docs/sample-warehouse.md", import.meta.url), "utf8");

/** Models in the second cell of the row of the guide that starts with this switch. */
const listedFor = (name: string): string[] => {
  const row = guide.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
  return [...(row.split("|")[2] ?? "").matchAll(/`(\w+)`/g)].map(([, listed]) => listed ?? "");
};

const modelsWith = (call: string): string[] =>
  models
    .filter(({ header, query }) => (header + query).includes(call))
    .map(({ name }) => name.replace("oso.", ""));

const variables = (text: string): Set<string> => new Set(text.match(/OSO_SAMPLE_[A-Z_]+/g));

describe("the guide to the sample warehouse", () => {
  it.each([
    ["OSO_SAMPLE_SLOW", "@slow_down("],
    ["OSO_SAMPLE_BAD_DATA", "@bad_data("],
    ["OSO_SAMPLE_FAIL_AUDIT", "has_at_least_n_rows("],
  ])("lists the models that listen to %s", (name, call) => {
    expect(listedFor(name).toSorted()).toEqual(modelsWith(call).toSorted());
  });

  it("describes every variable that the project reads, and no other", () => {
    const macros = filesBelow("macros").map((file) => readFileSync(file, "utf8"));
    expect(variables(guide)).toEqual(variables([read("config.yaml"), ...macros].join("\n")));
  });
});

describe("the sample's checks", () => {
  const { checks } = z
    .object({ checks: z.array(checkSchema) })
    .parse((parse(read("oso-pipeline.yaml")) as { verification: unknown }).verification);

  it.each(checks)("$check of $select reads columns that are there", (check) => {
    const columns = "columns" in check ? [check.columns].flat() : "column" in check ? [check.column] : [];
    for (const name of [check.select ?? []].flat()) {
      for (const column of columns) expect(model(name).query).toMatch(new RegExp(`\\b${column}\\b`));
    }
    expect(check.select).toBeDefined();
  });
});
