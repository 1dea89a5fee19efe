import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configSchema } from "../../../src/config/json-schema.js";
import { overridablePaths } from "../../../src/config/overrides.js";
import { defaultPorts, defaultVersions } from "../../../src/localstack/settings.js";
import { configReference } from "../../support/config-reference.js";

const file = join(import.meta.dirname, "../../../docs/configuration.md");
const documentation = readFileSync(file, "utf8");

describe("docs/configuration.md", () => {
  it("has the reference that the schema makes", async () => {
    const renewed = documentation.replace(
      /(<!-- reference: [^>]*-->)[^]*(<!-- end of reference -->)/,
      (_, start: string, end: string) => `${start}\n\n${configReference(configSchema())}\n\n${end}`,
    );
    await expect(renewed).toMatchFileSnapshot(file);
  });

  it("names every key of the schema", () => {
    const missing = overridablePaths(configSchema())
      .map((path) => path.filter((_, index) => !isReference(path, index)).join("."))
      .filter(
        (setting) => !documentation.includes(`\`${setting}\``) && !documentation.includes(`\`${setting}: `),
      );
    expect(missing).toEqual([]);
  });

  it("states the local stack's own defaults", () => {
    const stated = Object.values({ ...defaultVersions, ...defaultPorts }).filter(
      (value) => !documentation.includes(`Default: ${value}.`),
    );
    expect(stated).toEqual([]);
  });
});

/** group, key and prefix of a secret are described once, in "Secrets". */
const isReference = (path: readonly string[], index: number): boolean =>
  path.length === 4 && index === 3 && ["group", "key", "prefix"].includes(path[3] ?? "");
