import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { homeAt } from "../../../src/localstack/home.js";
import { defineServices } from "../../../src/localstack/services.js";
import { defaultPorts, defaultVersions } from "../../../src/localstack/settings.js";

const folder = join(import.meta.dirname, "../../../configs/docker-compose");
const service = z.object({
  image: z.string(),
  ports: z.array(z.string()),
  environment: z.record(z.string(), z.string()).optional(),
});
const { services } = z
  .object({ services: z.object({ s3: service, nessie: service, trino: service }) })
  .parse(parse(readFileSync(join(folder, "compose.yaml"), "utf8")));

/** Files that `up` writes, by their name, as they would be in containers: other hosts and ports. */
const generated = async (): Promise<Map<string, string>> => {
  const all = defineServices({
    home: await homeAt("/home"),
    ports: defaultPorts,
    versions: defaultVersions,
    java: "",
    s3ProxyJar: "",
    nessieJar: "",
    trino: "",
    cache: "",
  });
  const files = all.flatMap((each) => Object.entries(each.files));
  return new Map(
    files.map(([path, text]) => [
      basename(path),
      text
        .replaceAll(`http://127.0.0.1:${defaultPorts.s3}`, "http://s3:80")
        .replaceAll(`http://127.0.0.1:${defaultPorts.nessie}`, "http://nessie:19120"),
    ]),
  );
};

describe("the compose file", () => {
  it("has the versions and ports of `local up`", () => {
    expect(services.s3.image).toContain(defaultVersions.s3proxy);
    expect(services.nessie.image).toContain(`:${defaultVersions.nessie}}`);
    expect(services.trino.image).toContain(`:${defaultVersions.trino}}`);
    expect(services.s3.ports).toEqual([`127.0.0.1:${defaultPorts.s3}:80`]);
    expect(services.nessie.ports).toEqual([`127.0.0.1:${defaultPorts.nessie}:19120`]);
    expect(services.trino.ports).toEqual([`127.0.0.1:${defaultPorts.trino}:8080`]);
  });

  it("has the same catalogs", async () => {
    const files = await generated();
    const catalogs = readdirSync(join(folder, "catalog")).toSorted();
    expect(catalogs).toEqual([
      "iceberg.properties",
      "iceberg_consumer.properties",
      "memory.properties",
      "tpch.properties",
    ]);
    for (const name of catalogs)
      expect(readFileSync(join(folder, "catalog", name), "utf8")).toBe(files.get(name));
  });

  it("gives Nessie the same settings, but for where it listens and keeps its data", async () => {
    const file = (await generated()).get("nessie.properties") ?? "";
    const wanted = file
      .split("\n")
      .filter((line) => /^(nessie|s3key)\./.test(line) && !line.includes("database-path"));
    const given = (services.nessie.environment?.["JAVA_OPTS_APPEND"] ?? "").split(" ");
    expect(wanted.length).toBeGreaterThan(5);
    expect(given).toEqual(expect.arrayContaining(wanted.map((line) => `-D${line}`)));
  });
});
