import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheFolder } from "../../../src/localstack/cache.js";
import { parsePorts, parseVersions } from "../../../src/localstack/assignments.js";
import { defaultVersions, versionsToUse } from "../../../src/localstack/settings.js";
import { errorOf } from "../../support/errors.js";

describe("ports on the command line", () => {
  it("are taken by service, the last one wins, and auto is a free one", () => {
    expect(parsePorts(["trino=1", "nessie-management=2", "s3=auto", "trino=18080"])).toEqual({
      trino: 18_080,
      nessieManagement: 2,
      s3: 0,
    });
  });

  it.each([
    ["trinoo=1", /there is no trinoo/, /did you mean trino/],
    ["trino=65536", /65536 is no port/, /0 for a free one/],
    ["trino=-1", /-1 is no port/, /0 for a free one/],
    ["trino=", /value is missing/, /name=value/],
    ["8080", /there is no 8080/, /name=value/],
  ])("%s is refused with what would be right", async (written, message, hint) => {
    const error = await errorOf(() => parsePorts([written]));
    expect(error.code).toBe("USAGE");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });
});

describe("versions", () => {
  it("are the tested ones where nothing else is set", () => {
    expect(versionsToUse({ trino: "477", nessie: null })).toEqual({ ...defaultVersions, trino: "477" });
  });

  it("come from the command line by part", async () => {
    expect(parseVersions(["trino=477", "sqlmesh=0.200.0"])).toEqual({ trino: "477", sqlmesh: "0.200.0" });
    expect(await errorOf(() => parseVersions(["presto=1"]))).toMatchObject({
      code: "USAGE",
      message: "--use presto=1: there is no presto",
    });
  });

  it.each(["../../etc", "4/76", "", "-1", "4 76"])(
    "refuses %j, which would become part of a path",
    async (version) => {
      const error = await errorOf(() => versionsToUse({ trino: version }));
      expect(error.code).toBe("CONFIG_INVALID");
      expect(error.message).toContain("local.versions.trino");
    },
  );
});

describe("the cache", () => {
  it("lies where it is set, else where OSO_PIPELINE_CACHE says, else in the user's folder for caches", () => {
    expect(cacheFolder("/set", { OSO_PIPELINE_CACHE: "/variable" })).toBe("/set");
    expect(cacheFolder(undefined, { OSO_PIPELINE_CACHE: "/variable" })).toBe("/variable");
    expect(cacheFolder(undefined, { OSO_PIPELINE_CACHE: "below" })).toBe(join(process.cwd(), "below"));
    expect(cacheFolder(undefined, {})).toMatch(/oso-pipeline$/);
  });
});
