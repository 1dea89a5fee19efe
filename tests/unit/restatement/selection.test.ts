import { describe, expect, it } from "vitest";
import { selectedModels } from "../../../src/restatement/selection.js";
import { errorOf } from "../../support/errors.js";
import { inCategory, model } from "../../support/models.js";

const models = [
  model("oso.stg_github__events"),
  model("oso.stg_github__repositories"),
  inCategory("oso.projects_v1", "project"),
  inCategory("oso.collections_v1", "collection"),
];
const none = { selectors: [], categories: [] };
const matching = (selector: string, ...matched: string[]) => ({ selector, models: matched, error: null });

describe("selectedModels", () => {
  it("says for each model which words asked for it", () => {
    const selected = selectedModels(
      { selectors: ["oso.projects_v1", "oso.*"], categories: ["project"] },
      [
        matching("oso.projects_v1", "oso.projects_v1"),
        matching("oso.*", "oso.collections_v1", "oso.projects_v1"),
      ],
      models,
    );
    expect(selected).toEqual([
      { model: "oso.collections_v1", askedBy: ["oso.*"] },
      { model: "oso.projects_v1", askedBy: ["oso.projects_v1", "oso.*", "entity_category=project"] },
    ]);
  });

  it("refuses a typo even among names that exist, with the nearest name", async () => {
    const error = await errorOf(() =>
      selectedModels(
        none,
        [matching("oso.projects_v1", "oso.projects_v1"), matching("oso.stg_github__event")],
        models,
      ),
    );
    expect(error).toMatchObject({ code: "SELECTOR_UNKNOWN", exitCode: 2 });
    expect(error.message).toContain("oso.stg_github__event");
    expect(error.hint).toContain("oso.stg_github__events");
  });

  it("suggests the schema that was left out", async () => {
    const error = await errorOf(() => selectedModels(none, [matching("projects_v1")], models));
    expect(error.hint).toBe("projects_v1: did you mean oso.projects_v1?");
  });

  it("names every selector that matches nothing, and why one cannot be read", async () => {
    const error = await errorOf(() =>
      selectedModels(
        none,
        [matching("nope"), { selector: "tag:a:b", models: [], error: "cannot be parsed" }],
        models,
      ),
    );
    expect(error.message).toBe("no model matches nope, tag:a:b (cannot be parsed)");
  });

  it("refuses an unknown entity category with those there are", async () => {
    const error = await errorOf(() => selectedModels({ ...none, categories: ["artifact"] }, [], models));
    expect(error).toMatchObject({ code: "CATEGORY_UNKNOWN", hint: "there are: collection, project" });
    const near = await errorOf(() => selectedModels({ ...none, categories: ["projects"] }, [], models));
    expect(near.hint).toBe("did you mean project?");
  });
});
