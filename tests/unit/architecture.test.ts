import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** Rooms of the house and the rooms each may import from; docs/architecture.md draws the same picture. */
const rooms: Record<string, readonly string[]> = {
  core: [],
  restatement: ["core"],
  verification: ["core"],
  release: ["core"],
  doctor: ["core", "verification", "release"],
  status: ["core", "restatement", "verification", "release"],
  seeds: ["core"],
  http: ["core"],
  hooks: ["core"],
  notify: ["core", "http", "restatement", "verification", "release"],
  config: ["core", "restatement", "verification", "release", "hooks", "notify"],
  setup: ["core"],
  sqlmesh: ["core", "restatement", "verification", "release", "setup", "seeds"],
  trino: ["core", "restatement", "verification", "release", "setup", "http"],
  nessie: ["core", "release", "restatement", "verification", "doctor", "status", "setup", "state", "http"],
  state: ["core", "restatement", "verification", "release", "doctor", "config", "notify"],
  orchestrators: ["core", "restatement"],
  localstack: ["core", "http", "nessie"],
  report: [
    "core",
    "restatement",
    "verification",
    "release",
    "doctor",
    "status",
    "setup",
    "seeds",
    "localstack",
    "config",
    "notify",
  ],
  cli: [
    "core",
    "report",
    "restatement",
    "verification",
    "release",
    "doctor",
    "status",
    "setup",
    "seeds",
    "config",
    "localstack",
    "notify",
  ],
};

/** Rooms that hold decisions: nothing of the outside world comes in but through their ports. */
const pure = new Set(["core", "restatement", "verification", "release", "doctor", "status", "seeds"]);
const pureMayImport = new Set([
  "croner",
  "csv-stringify/sync",
  "fastest-levenshtein",
  "node:crypto",
  "p-limit",
]);

/** One owner per package, so that a package can be replaced in one place. */
const owners: Record<string, readonly string[]> = {
  commander: ["cli", "main"],
  "@inquirer/confirm": ["cli"],
  "@inquirer/input": ["cli"],
  "@inquirer/select": ["cli"],
  diff: ["setup"],
  yaml: ["config"],
  zod: ["config", "sqlmesh", "nessie", "trino", "state", "orchestrators", "localstack"],
  axios: ["http"],
  "trino-client": ["trino"],
  "lossless-json": ["http", "report"],
  "csv-stringify": ["seeds"],
  "cli-table3": ["report"],
  "string-width": ["report"],
  chalk: ["report"],
  "@dagrejs/dagre": ["report"],
  "d3-scale": ["report"],
  "d3-shape": ["report"],
  "junit-report-builder": ["report"],
  "markdown-table": ["report"],
  "mdast-util-to-markdown": ["report"],
  mdast: ["report"],
  open: ["cli"],
  "wrap-ansi": ["report"],
  "p-limit": ["verification", "nessie", "trino", "state"],
  "p-retry": ["http"],
  "fastest-levenshtein": ["core"],
  croner: ["core"],
  "cli-truncate": ["report"],
  "mvn-artifact-url": ["localstack"],
  tar: ["localstack"],
  yauzl: ["localstack"],
  "env-paths": ["localstack"],
  "write-file-atomic": ["composition", "config", "localstack", "report"],
  "proper-lockfile": ["localstack"],
  nodemailer: ["notify"],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

const source = join(import.meta.dirname, "../../src");
const roomOf = (file: string): string =>
  file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(".ts", "");

const imports: Import[] = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) =>
    [
      ...readFileSync(join(source, file), "utf8").matchAll(
        /(?:^|\n)\s*(?:import|export)[^;'"]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"/g,
      ),
    ].map((match) => ({ file, room: roomOf(file), specifier: match[1] ?? match[2] ?? "" })),
  );

const packageOf = (specifier: string): string =>
  specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? "");

const thirdParty = imports.filter(
  ({ specifier }) => !specifier.startsWith(".") && !specifier.startsWith("node:"),
);

describe("the house", () => {
  it("is read at all", () => {
    expect(new Set(imports.map(({ room }) => room)).size).toBeGreaterThan(Object.keys(rooms).length);
  });

  it("has no room that is not on the plan", () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const rest = folders.map(({ name }) => name).filter((name) => name !== "composition");
    expect(rest.toSorted()).toEqual(Object.keys(rooms).toSorted());
  });

  it("has imports only in the directions of the plan", () => {
    const wrong = imports
      .filter(({ room, specifier }) => room in rooms && specifier.startsWith("."))
      .map(({ file, room, specifier }) => ({
        file,
        room,
        target: relative(source, join(source, file, "..", specifier)),
      }))
      .filter(({ room, target }) => roomOf(target) !== room && !rooms[room]?.includes(roomOf(target)))
      .map(({ file, target }) => `${file} → ${target}`);
    expect(wrong).toEqual([]);
  });

  it("gives every package to its owner room", () => {
    const wrong = thirdParty
      .filter(({ room, specifier }) => !(owners[packageOf(specifier)] ?? []).includes(room))
      .map(({ file, specifier }) => `${file} → ${specifier}`);
    expect(wrong).toEqual([]);
  });

  it("keeps the world out of the rooms that decide", () => {
    const wrong = imports
      .filter(
        ({ room, specifier }) =>
          pure.has(room) && !specifier.startsWith(".") && !pureMayImport.has(specifier),
      )
      .map(({ file, specifier }) => `${file} → ${specifier}`);
    expect(wrong).toEqual([]);
  });

  it("uses every package it depends on", () => {
    const { dependencies } = JSON.parse(readFileSync(join(source, "../package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const used = new Set(thirdParty.map(({ specifier }) => packageOf(specifier)));
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([]);
  });
});
