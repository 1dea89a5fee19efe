import { PipelineError } from "../../src/core/errors.js";
import type { LeaseStatus } from "../../src/core/lease.js";
import type { Model } from "../../src/core/model.js";
import type { Diagnosis } from "../../src/doctor/diagnosis.js";
import { Doctor } from "../../src/doctor/doctor.js";
import type {
  DoctorParts,
  DoctorSettings,
  NotificationTarget,
  ProjectGateway,
  ReferredSecret,
  SqlMeshVersions,
  UnfinishedRun,
} from "../../src/doctor/ports.js";
import { noViews, type Release, type SealedViews } from "../../src/release/release.js";
import { FakeReferenceStore, hash } from "./fake-reference-store.js";
import { model } from "./models.js";
import { releaseOf } from "./releases.js";

const NOW = new Date("2026-11-21T00:00:00.000Z");

type Rows = readonly (readonly unknown[])[];

/** Trino's refusal of a statement, as its client throws it. */
export const refused = (errorName: string, message: string): PipelineError =>
  new PipelineError(errorName === "PERMISSION_DENIED" ? "PERMISSION_DENIED" : "QUERY_FAILED", {
    message: `Trino query 1 failed (${errorName}): ${message}`,
    cause: Object.assign(new Error(message), { errorName }),
  });

/** A warehouse in which all is as it has to be, with two releases; a test breaks one thing of it. */
export class Patient {
  secrets: readonly ReferredSecret[] = [];
  /** Where alerts go: nowhere. */
  targets: NotificationTarget[] = [];
  releases: readonly Release[] = [releaseOf(2), releaseOf(1)];
  readonly store = new FakeReferenceStore([hash("a1"), hash("a2"), hash("a3")]);
  readonly branches = new Map<string, string>();
  leases: readonly LeaseStatus[] = [];
  unfinished: readonly UnfinishedRun[] = [];
  sqlmesh: SqlMeshVersions = {
    sqlmesh: "0.236.4",
    python: "3.11.9",
    executable: "venv/bin/python",
    restatesSince: null,
  };
  gateway: ProjectGateway = {
    name: "trino",
    isDefault: true,
    engine: "trino",
    stateEngine: "postgres",
    trino: { url: "http://trino", catalog: "iceberg" },
  };
  models: readonly Model[] = [model("oso.projects", { categories: ["project"] }), model("oso.totals")];
  table: string | null = "oso.projects";
  views: Partial<SealedViews> = { sealed: 41, sealedBy: "hash" };
  gone: readonly { table: string; error: string }[] = [];
  /** Markers by catalog: the release that readers of it see, or what is thrown. */
  markers = new Map<string, number | null>([["iceberg_consumer", 2]]);
  /** By a part of the statement, the first that fits: rows, or what Trino refuses it with. */
  answers: [part: string, answer: Rows | PipelineError][] = [
    ["SELECT version()", [["476"]]],
    ["to_unixtime(now())", [[NOW.getTime()]]],
    [
      "system.metadata.catalogs",
      [
        ["iceberg", "iceberg"],
        ["iceberg_consumer", "iceberg"],
        ["tpch", "tpch"],
      ],
    ],
    ["SHOW SCHEMAS", [["oso"]]],
    ["remove_orphan_files(", refused("PERMISSION_DENIED", "Access Denied")],
    ["gc.enabled", [["false"]]],
    ["LIMIT 0", []],
  ];
  readonly settings: { -readonly [K in keyof DoctorSettings]: DoctorSettings[K] } = {
    gateway: null,
    trino: { url: "http://trino", user: "pipeline" },
    nessie: { uri: "http://nessie/api/v2", icebergUri: "http://nessie/iceberg/" },
    catalogs: { producer: "iceberg", consumer: "iceberg_consumer", verification: null },
    branch: "main",
    consumerTag: "consumer",
    tagPrefix: "consumer-release-",
    viewPolicy: "seal",
    gcCutoffMilliseconds: null,
    isStateInNessie: true,
    startupMilliseconds: 1_000,
  };
  /** What replaces a part as a whole. */
  parts: Partial<DoctorParts> = {};

  constructor() {
    this.store.tagAt("consumer", hash("b2"));
    for (const number of [1, 2]) this.store.tagAt(`consumer-release-${number}`, hash(`b${number}`));
  }

  /** Answers the statement otherwise than it would have been. */
  answer(part: string, answer: Rows | PipelineError): void {
    this.answers.unshift([part, answer]);
  }

  async diagnoses(): Promise<readonly Diagnosis[]> {
    const { result } = await new Doctor(this.all()).diagnose(new AbortController().signal);
    return result.diagnoses;
  }

  async diagnosis(name: string): Promise<readonly Diagnosis[]> {
    return (await this.diagnoses()).filter((one) => one.name === name);
  }

  all(): DoctorParts {
    return {
      queries: {
        query: async (sql) => {
          const [, answer] = this.answers.find(([part]) => sql.includes(part)) ?? [];
          if (answer === undefined) throw new Error(`nobody expected ${sql}`);
          if (answer instanceof PipelineError) throw answer;
          return { columns: [], rows: answer, queryId: "1" };
        },
      },
      targets: this.targets,
      secrets: this.secrets,
      reader: {
        marker: async (catalog, at) => this.markers.get(at === null ? catalog : `${catalog}#`) ?? null,
      },
      nessie: {
        specification: async () => "2.2.0",
        iceberg: async () => undefined,
        branches: async (prefix) =>
          [...this.branches]
            .filter(([name]) => name.startsWith(prefix))
            .map(([name, at]) => ({ type: "BRANCH" as const, name, hash: at })),
        anyTable: async () => this.table,
      },
      store: this.store,
      branches: {
        create: async (name, at) => void this.branches.set(name, at),
        remove: async (prefix) => {
          for (const name of this.branches.keys()) if (name.startsWith(prefix)) this.branches.delete(name);
        },
      },
      ledger: { releases: async () => this.releases },
      leases: async () => this.leases,
      unfinishedRuns: async () => this.unfinished,
      project: {
        versions: async () => this.sqlmesh,
        load: async () => ({ gateway: "trino", models: this.models }),
        gateways: async () => [this.gateway],
      },
      state: { place: "branch oso-pipeline-state", write: async () => undefined },
      sealer: {
        preview: async () => ({
          ...noViews(this.settings.viewPolicy),
          ...this.views,
        }),
      },
      files: { unreadable: async () => ({ tables: this.gone, looked: 7, isAll: true }) },
      now: () => NOW,
      random: () => "0a1b2c",
      settings: this.settings,
      ...this.parts,
    };
  }
}
