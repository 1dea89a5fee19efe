import { describe, expect, it } from "vitest";
import type { RunConfig } from "../../../src/config/config.js";
import { toRunRequest } from "../../../src/config/run-request.js";

const nothing: RunConfig = {
  restateModels: [],
  restateByEntityCategory: false,
  restateEntityCategories: [],
  skipTests: false,
  allowDestructiveModels: [],
  start: null,
  end: null,
  useDevEnvironment: false,
};

describe("OSO's keys as a request", () => {
  it("ask for nothing to be restated unless they say so", () => {
    expect(toRunRequest(nothing, "prod")).toEqual({
      environment: "prod",
      restateModels: [],
      restateCategories: [],
      start: null,
      end: null,
      skipTests: false,
      allowDestructiveModels: [],
    });
  });

  it("mean project and collection by an entity category that is not named", () => {
    const request = toRunRequest({ ...nothing, restateByEntityCategory: true }, "prod");
    expect(request.restateCategories).toEqual(["project", "collection"]);
  });

  it("mean just the categories that are named", () => {
    const named = { ...nothing, restateByEntityCategory: true, restateEntityCategories: ["event"] };
    expect(toRunRequest(named, "prod").restateCategories).toEqual(["event"]);
  });

  it("restate by model and by category together", () => {
    const both = { ...nothing, restateModels: ["oso.a"], restateByEntityCategory: true };
    expect(toRunRequest(both, "prod")).toMatchObject({
      restateModels: ["oso.a"],
      restateCategories: ["project", "collection"],
    });
  });

  it("mean the environment dev by use_dev_environment, whatever is configured", () => {
    expect(toRunRequest({ ...nothing, useDevEnvironment: true }, "staging").environment).toBe("dev");
    expect(toRunRequest(nothing, "staging").environment).toBe("staging");
  });

  it("hand over dates, tests and destructive changes as they are", () => {
    const all = {
      ...nothing,
      start: "2024-01-01",
      end: "1 day ago",
      skipTests: true,
      allowDestructiveModels: ["oso.*"],
    };
    expect(toRunRequest(all, "prod")).toMatchObject({
      start: "2024-01-01",
      end: "1 day ago",
      skipTests: true,
      allowDestructiveModels: ["oso.*"],
    });
  });
});
