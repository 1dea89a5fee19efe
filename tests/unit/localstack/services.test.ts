import { describe, expect, it } from "vitest";
import { homeAt } from "../../../src/localstack/home.js";
import {
  defineServices,
  digestOf,
  properties,
  type Ingredients,
  type Service,
} from "../../../src/localstack/services.js";
import { defaultPorts, defaultVersions, type ServiceName } from "../../../src/localstack/settings.js";

const ingredients = async (changes: Partial<Ingredients> = {}): Promise<Ingredients> => ({
  home: await homeAt("/somewhere/project/.oso-pipeline/local"),
  ports: defaultPorts,
  versions: defaultVersions,
  java: "/cache/java",
  s3ProxyJar: "/cache/s3proxy.jar",
  nessieJar: "/cache/nessie.jar",
  trino: "/cache/trino/476",
  cache: "/cache",
  ...changes,
});

const service = async (name: ServiceName, changes?: Partial<Ingredients>): Promise<Service> => {
  const found = defineServices(await ingredients(changes)).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

/** Text of the one generated file whose name ends so. */
const file = ({ files }: Service, end: string): string =>
  Object.entries(files).find(([path]) => path.endsWith(end))?.[1] ?? `no ${end}`;

describe("the generated configuration", () => {
  it("binds the producer catalog to main and the consumer catalog to the tag, and nothing else differs", async () => {
    const trino = await service("trino");
    const producer = file(trino, "/iceberg.properties");
    expect(producer).toContain("iceberg.rest-catalog.prefix=main\n");
    expect(file(trino, "/iceberg_consumer.properties")).toBe(
      producer.replace("prefix=main", "prefix=consumer"),
    );
  });

  it("lets every service listen on the loopback address only", async () => {
    expect(file(await service("trino"), "config.properties")).toContain("node.bind-ip=127.0.0.1\n");
    const nessie = file(await service("nessie"), "nessie.properties");
    expect(nessie).toContain("quarkus.http.host=127.0.0.1\n");
    expect(nessie).toContain("quarkus.management.host=127.0.0.1\n");
    expect(file(await service("s3"), "s3proxy.properties")).toContain(
      "s3proxy.endpoint=http://127.0.0.1:19000\n",
    );
  });

  it("carries each port to whoever has to know it", async () => {
    const ports = { trino: 1001, nessie: 1002, nessieManagement: 1003, s3: 1004 };
    const trino = await service("trino", { ports });
    expect(trino.address).toBe("http://127.0.0.1:1001");
    expect(file(trino, "config.properties")).toContain("http-server.http.port=1001\n");
    expect(file(trino, "/iceberg.properties")).toContain("uri=http://127.0.0.1:1002/iceberg/\n");
    expect(file(trino, "/iceberg.properties")).toContain("s3.endpoint=http://127.0.0.1:1004\n");
    const nessie = await service("nessie", { ports });
    expect(nessie.address).toBe("http://127.0.0.1:1002/api/v2");
    expect(file(nessie, "nessie.properties")).toContain("quarkus.http.port=1002\nquarkus.management.host");
    expect(file(nessie, "nessie.properties")).toContain("quarkus.management.port=1003\n");
    expect(file(nessie, "nessie.properties")).toContain("endpoint=http://127.0.0.1:1004/\n");
  });

  it("keeps all data below the home", async () => {
    const { home } = await ingredients();
    expect(file(await service("nessie"), "nessie.properties")).toContain(
      `database-path=${home.data}/nessie\n`,
    );
    expect(file(await service("s3"), "s3proxy.properties")).toContain(`basedir=${home.data}/s3\n`);
    expect((await service("s3")).folders).toEqual([`${home.data}/s3/lake`]);
  });

  it("tells Nessie where its file is as a URI, whatever is in the path", async () => {
    const home = await homeAt("/home/zoë x/a,b");
    expect((await service("nessie", { home })).args).toContain(
      "-Dsmallrye.config.locations=file:///home/zo%C3%AB%20x/a%2Cb/etc/nessie.properties",
    );
  });

  it("marks each process as this stack's, so that one nobody recorded can be found", async () => {
    const { home } = await ingredients();
    expect((await service("trino")).args).toContain(home.marker("trino"));
    const elsewhere = await homeAt("/somewhere/else");
    expect(elsewhere.marker("trino")).not.toBe(home.marker("trino"));
    expect(home.marker("nessie")).not.toBe(home.marker("trino"));
  });

  it("has a digest that changes with a port of another service that it talks to, and with nothing irrelevant", async () => {
    const before = digestOf(await service("trino"));
    expect(digestOf(await service("trino"))).toBe(before);
    expect(digestOf(await service("trino", { ports: { ...defaultPorts, nessie: 5 } }))).not.toBe(before);
    expect(digestOf(await service("trino", { ports: { ...defaultPorts, nessieManagement: 5 } }))).toBe(
      before,
    );
    expect(digestOf(await service("trino", { versions: { ...defaultVersions, trino: "477" } }))).not.toBe(
      before,
    );
  });
});

describe("Java's properties format", () => {
  it("escapes backslashes, a leading space and what is not ASCII", () => {
    expect(properties({ a: String.raw`C:\x`, b: " y", c: "/home/zoë/😀" })).toBe(
      ["a=C:\\\\x", "b=\\ y", "c=/home/zo\\u00eb/\\ud83d\\ude00", ""].join("\n"),
    );
  });
});
