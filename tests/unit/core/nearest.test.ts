import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "../../../src/core/nearest.js";

const names = [
  "oso.stg_github__events",
  "oso.stg_github__repositories",
  "oso.projects_v1",
  "oso.collections_v1",
];

describe("nearest", () => {
  it("finds a name despite a typo, a missing schema or a missing part", () => {
    expect(nearest("oso.stg_github__evnts", names)[0]).toBe("oso.stg_github__events");
    expect(nearest("projects_v1", names)[0]).toBe("oso.projects_v1");
    expect(nearest("github", names)).toEqual(["oso.stg_github__events", "oso.stg_github__repositories"]);
  });

  it("suggests nothing where nothing is near", () => {
    expect(didYouMean("something_else_entirely", names)).toBeUndefined();
  });

  it("says it as a question", () => {
    expect(didYouMean("github", names)).toBe(
      "did you mean oso.stg_github__events or oso.stg_github__repositories?",
    );
  });
});
