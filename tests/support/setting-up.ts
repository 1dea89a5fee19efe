import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InitOptions, InitParts } from "../../src/setup/parts.js";
import type { Gateway, Questions, SurveyedModel } from "../../src/setup/ports.js";
import type { Settings } from "../../src/setup/settings.js";
import { folderWith } from "./config-files.js";

/** A model that says nothing of itself but what is given. */
export const surveyed = (name: string, more: Partial<SurveyedModel> = {}): SurveyedModel => ({
  name,
  kind: "FULL",
  categories: [],
  dependsOn: [],
  audits: [],
  keys: [],
  references: [],
  notNull: [],
  acceptedValues: [],
  timeColumn: null,
  timeIsTemporal: null,
  cadenceSeconds: 86_400,
  ...more,
});

export const settingsWith = (more: Partial<Settings> = {}): Settings => ({
  project: "warehouse",
  gateway: "trino",
  python: ".venv/bin/python",
  trino: {
    url: "https://trino.example.org:8443",
    user: "baker",
    auth: "basic",
    tls: { ca: null, cert: null, key: null, insecure: false },
    producer: "iceberg",
    consumer: "iceberg_consumer",
  },
  nessie: {
    uri: "https://nessie.example.org/api/v2",
    branch: "main",
    consumerTag: "consumer",
    auth: "bearer",
  },
  approval: "prompt",
  models: [],
  withChecks: true,
  projectVariables: [],
  ...more,
});

export const gatewayTo = (name: string, more: Partial<Gateway> = {}): Gateway => ({
  name,
  engine: "trino",
  stateEngine: "postgres",
  isDefault: false,
  trino: {
    url: "http://trino.example.org:8080",
    user: "baker",
    catalog: "iceberg",
    method: "no-auth",
    verify: true,
    ca: null,
    clientCertificate: null,
    clientKey: null,
  },
  ...more,
});

export const nothingSaid: InitOptions = {
  project: null,
  python: null,
  gateway: null,
  trinoUrl: null,
  trinoUser: null,
  producerCatalog: null,
  consumerCatalog: null,
  nessieUri: null,
  branch: null,
  consumerTag: null,
  approval: null,
  ci: null,
  checks: true,
  force: [],
  dryRun: false,
};

/** A folder with a SQLMesh project, and services that answer. */
export function bakery(
  more: Partial<InitParts> = {},
  files: Readonly<Record<string, string>> = {},
): InitParts {
  const workingDirectory = folderWith({
    "config.yaml": "gateways:\n  trino: {}\n",
    ".git/HEAD": "",
    ...files,
  });
  return {
    questions: null,
    report: () => undefined,
    workingDirectory,
    environment: {},
    version: "1.2.3",
    surveyor: async () => ({
      versions: async () => ({ sqlmesh: "0.236.4", python: "3.11.7" }),
      gateways: async () => [gatewayTo("trino", { isDefault: true })],
      survey: async () => [surveyed("bakery.sales", { keys: [["sale_id"]] })],
    }),
    trino: async () => ({
      version: "476",
      catalogs: [
        { name: "iceberg", connector: "iceberg" },
        { name: "iceberg_consumer", connector: "iceberg" },
      ],
    }),
    nessie: async () => ({ defaultBranch: "main", branches: ["main"], tags: ["consumer"] }),
    localServices: async () => null,
    write: async (file, text) => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    ...more,
  };
}

/** Somebody who gives these answers, by what a question starts with; any other question fails the test. */
export function answering(
  answers: Readonly<Record<string, unknown>>,
): Questions & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (question: string): unknown => {
    asked.push(question);
    const known = Object.keys(answers).find((start) => question.startsWith(start));
    if (known === undefined) throw new Error(`nobody expected to be asked ${question}`);
    return answers[known];
  };
  return {
    asked,
    text: async (question) => String(answer(question)),
    confirm: async (question) => answer(question) === true,
    choice: async (question, choices) => {
      const label = answer(question);
      const chosen = choices.find((one) => one.label === label);
      if (!chosen)
        throw new Error(`${String(label)} is none of ${choices.map((one) => one.label).join(", ")}`);
      return chosen.value;
    },
    show: (text) => void asked.push(text),
  };
}

export const textOf = ({ workingDirectory }: InitParts, name: string): string =>
  readFileSync(join(workingDirectory, name), "utf8");
