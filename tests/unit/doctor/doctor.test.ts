import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { examinations } from "../../../src/doctor/doctor.js";
import { Patient, refused } from "../../support/doctor.js";
import { hash } from "../../support/fake-reference-store.js";
import { releaseOf } from "../../support/releases.js";

const denied = new PipelineError("PERMISSION_DENIED", {
  message: "Nessie denied permission (HTTP 403)",
  hint: "give the right",
});

const lease = {
  scope: "consumer",
  run: null,
  by: { name: "bob", from: "login" },
  host: "runner-1",
  pid: 7,
  since: "2026-11-20T10:00:00.000Z",
  holder: "other-host",
  ttlMilliseconds: 60_000,
} as const;

describe("doctor", () => {
  it("finds nothing wrong where all is as it has to be, and leaves nothing behind", async () => {
    const patient = new Patient();
    const found = await patient.diagnoses();
    expect(found.filter(({ state }) => state !== "fine")).toEqual([]);
    expect(found.length).toBeGreaterThan(18);
    expect(patient.branches.size).toBe(0);
    expect([...patient.store.references.keys()]).toEqual([
      "consumer",
      "consumer-release-1",
      "consumer-release-2",
    ]);
  });

  it("has nothing to complain of but a tag and a table, in a warehouse in which nothing was ever released", async () => {
    const patient = new Patient();
    patient.releases = [];
    patient.store.references.clear();
    patient.table = null;
    patient.answer(
      `SHOW SCHEMAS FROM "iceberg_consumer"`,
      refused("ICEBERG_CATALOG_ERROR", "no such prefix"),
    );
    const found = (await patient.diagnoses()).filter(({ state }) => state !== "fine");
    expect(found.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "consumer-catalog warning",
      "consumer-tag warning",
      "table-by-hash unknown",
      "orphan-removal unknown",
      "snapshot-expiry unknown",
    ]);
  });

  it("names each secret that is not set, where it is needed, and never shows one", async () => {
    const patient = new Patient();
    const secret = (setting: string, variable: string, isSet: boolean) => ({
      setting,
      variable,
      where: "oso-pipeline.yaml:7:5",
      isSet,
    });
    patient.secrets = [
      secret("trino.auth.password", "DAGSTER__TRINO__PASSWORD", true),
      secret("nessie.auth.token", "DAGSTER__NESSIE__TOKEN", false),
    ];
    expect(await patient.diagnosis("secrets")).toMatchObject([
      {
        state: "wrong",
        code: "SECRET_MISSING",
        found:
          "nessie.auth.token (oso-pipeline.yaml:7:5) needs the environment variable DAGSTER__NESSIE__TOKEN, which is not set",
      },
    ]);
    patient.secrets = patient.secrets.slice(0, 1);
    expect(await patient.diagnosis("secrets")).toMatchObject([
      { state: "fine", found: "1 secret set: DAGSTER__TRINO__PASSWORD" },
    ]);
  });

  it("is documented, every examination of it", () => {
    const documentation = readFileSync(join(import.meta.dirname, "../../../docs/doctor.md"), "utf8");
    const patient = new Patient();
    patient.settings.catalogs = { ...patient.settings.catalogs, verification: "iceberg_verification" };
    const names = examinations(patient.all()).map(({ name }) => name);
    expect(names.filter((name) => !documentation.includes(`\n| \`${name}\``))).toEqual([]);
  });
});

interface Fault {
  readonly fault: string;
  readonly plant: (patient: Patient) => void;
  readonly name: string;
  readonly state: "wrong" | "warning" | "unknown";
  readonly code?: string;
  readonly says: string;
}

const faults: readonly Fault[] = [
  {
    fault: "Trino answers no query",
    plant: (patient) => patient.answer("SELECT version()", refused("GENERIC_INTERNAL_ERROR", "boom")),
    name: "trino",
    state: "wrong",
    code: "QUERY_FAILED",
    says: "boom",
  },
  {
    fault: "the branch that SQLMesh writes to is a tag",
    plant: (patient) => {
      patient.settings.branch = "consumer";
    },
    name: "nessie",
    state: "wrong",
    code: "CONFIG_INVALID",
    says: "consumer is a tag",
  },
  {
    fault: "there is no such catalog",
    plant: (patient) => {
      patient.settings.catalogs = { producer: "lake", consumer: "iceberg_consumer", verification: null };
    },
    name: "producer-catalog",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "Trino has no catalog lake for pipeline; it has iceberg, iceberg_consumer, tpch",
  },
  {
    fault: "the consumer catalog is none of Iceberg",
    plant: (patient) => {
      patient.settings.catalogs = { producer: "iceberg", consumer: "tpch", verification: null };
    },
    name: "consumer-catalog",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "the connector of tpch is tpch",
  },
  {
    fault: "the catalog of verification's own is not there",
    plant: (patient) => {
      patient.settings.catalogs = { ...patient.settings.catalogs, verification: "iceberg_verification" };
    },
    name: "verification-catalog",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "Trino has no catalog iceberg_verification",
  },
  {
    fault: "a catalog may not be read",
    plant: (patient) =>
      patient.answer(`SHOW SCHEMAS FROM "iceberg"`, refused("PERMISSION_DENIED", "Access Denied: catalog")),
    name: "producer-catalog",
    state: "wrong",
    code: "PERMISSION_DENIED",
    says: "iceberg lists no schemas: Access Denied: catalog",
  },
  {
    fault: "Nessie has no Iceberg REST endpoint",
    plant: (patient) => {
      patient.parts = {
        nessie: {
          ...patient.all().nessie,
          iceberg: async () => {
            throw new PipelineError("REQUIREMENT_MISSING", { message: "HTTP 404", hint: "configure it" });
          },
        },
      };
    },
    name: "iceberg-rest",
    state: "wrong",
    code: "REQUIREMENT_MISSING",
    says: "HTTP 404",
  },
  {
    fault: "a record of the ledger is damaged",
    plant: (patient) => {
      patient.parts = {
        ledger: {
          releases: async () => {
            throw new PipelineError("STATE_UNREADABLE", { message: "it is not whole", hint: "restore it" });
          },
        },
      };
    },
    name: "ledger",
    state: "wrong",
    code: "STATE_UNREADABLE",
    says: "it is not whole",
  },
  {
    fault: "the consumer tag is gone",
    plant: (patient) => patient.store.references.delete("consumer"),
    name: "consumer-tag",
    state: "wrong",
    code: "REFERENCE_MISSING",
    says: "there is no tag consumer: readers see nothing",
  },
  {
    fault: "the consumer tag is a branch",
    plant: (patient) =>
      patient.store.references.set("consumer", { type: "BRANCH", name: "consumer", hash: hash("b2") }),
    name: "consumer-tag",
    state: "wrong",
    code: "CONFIG_INVALID",
    says: "consumer is a branch",
  },
  {
    fault: "the consumer tag was moved to a commit of main by hand",
    plant: (patient) => patient.store.tagAt("consumer", hash("a3")),
    name: "consumer-tag",
    state: "wrong",
    code: "CONFLICT",
    says: "which is no release: it was moved by something else",
  },
  {
    fault: "the base of what readers see is not on main",
    plant: (patient) => {
      patient.releases = [releaseOf(2, { base: hash("c2") }), releaseOf(1)];
    },
    name: "consumer-tag",
    state: "wrong",
    code: "CONFLICT",
    says: "not in the history of main",
  },
  {
    fault: "a consumer tag from before anything was released",
    plant: (patient) => {
      patient.releases = [];
      patient.store.tagAt("consumer", hash("a2"));
    },
    name: "consumer-tag",
    state: "warning",
    says: "nothing was released yet: views that readers see read live data",
  },
  {
    fault: "the consumer catalog shows another release",
    plant: (patient) => patient.markers.set("iceberg_consumer", 1),
    name: "consumer-follows",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "iceberg_consumer reads release 1, while the tag stands at release 2",
  },
  {
    fault: "the consumer catalog is a native one of Nessie",
    plant: (patient) => {
      patient.markers.clear();
      patient.answer(`"iceberg_consumer"."oso"."projects#`, refused("SCHEMA_NOT_FOUND", "no such schema"));
    },
    name: "consumer-follows",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "as a native Nessie catalog (iceberg.catalog.type=nessie): such a one never follows the tag",
  },
  {
    fault: "the consumer catalog reads no views",
    plant: (patient) => patient.markers.clear(),
    name: "consumer-follows",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "iceberg_consumer reads no views",
  },
  {
    fault: "the consumer catalog shows main",
    plant: (patient) => {
      patient.markers.clear();
      patient.markers.set("iceberg_consumer#", 2);
    },
    name: "consumer-follows",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "iceberg_consumer shows another reference than consumer",
  },
  {
    fault: "what readers see has no marker",
    plant: (patient) => {
      patient.releases = [releaseOf(2, { marked: false }), releaseOf(1)];
    },
    name: "consumer-follows",
    state: "unknown",
    says: "release 2 has no marker",
  },
  {
    fault: "no catalog reads tables by their commit",
    plant: (patient) => patient.answer("LIMIT 0", refused("TABLE_NOT_FOUND", "does not exist")),
    name: "table-by-hash",
    state: "warning",
    says: "views are sealed by the name of iceberg_consumer, so that those of older releases read today's",
  },
  {
    fault: "only the producer catalog reads tables by their commit",
    plant: (patient) =>
      patient.answer(`"iceberg_consumer"."oso"."projects#`, refused("TABLE_NOT_FOUND", "does not exist")),
    name: "table-by-hash",
    state: "wrong",
    code: "CATALOG_UNFIT",
    says: "no release can be read back through it",
  },
  {
    fault: "rules by table name refuse names of a commit",
    plant: (patient) =>
      patient.answer(
        `"iceberg"."oso"."projects#`,
        refused("PERMISSION_DENIED", "Cannot select from projects#a3"),
      ),
    name: "table-by-hash",
    state: "wrong",
    code: "PERMISSION_DENIED",
    says: 'iceberg refuses "table#<commit>" to pipeline: Cannot select from projects#a3',
  },
  {
    fault: "the table that names of a commit are tried on may not be read at all",
    plant: (patient) => patient.answer("LIMIT 0", refused("PERMISSION_DENIED", "Cannot select")),
    name: "table-by-hash",
    state: "unknown",
    says: "pipeline may not read oso.projects at all",
  },
  {
    fault: "a release tag is gone",
    plant: (patient) => patient.store.references.delete("consumer-release-1"),
    name: "release-tags",
    state: "wrong",
    code: "CONFLICT",
    says: "the tag consumer-release-1 is gone",
  },
  {
    fault: "a release tag was moved",
    plant: (patient) => patient.store.tagAt("consumer-release-1", hash("a3")),
    name: "release-tags",
    state: "wrong",
    code: "CONFLICT",
    says: "the tag consumer-release-1 stands at a3a3a3",
  },
  {
    fault: "a tag like a release's that no release was made with",
    plant: (patient) => patient.store.tagAt("consumer-release-9", hash("a3")),
    name: "release-tags",
    state: "warning",
    says: "1 tag like those of releases, of which the ledger knows nothing: consumer-release-9",
  },
  {
    fault: "a publisher died",
    plant: (patient) => {
      patient.releases = [releaseOf(3, { status: "pending", sealed: null }), ...patient.releases];
    },
    name: "publications",
    state: "warning",
    says: "release 3 of alice is still pending, and who published it is gone",
  },
  {
    fault: "a publisher died, and its lease is still there",
    plant: (patient) => {
      patient.releases = [releaseOf(3, { status: "moving" }), ...patient.releases];
      patient.leases = [{ ...lease, holder: "dead" }];
    },
    name: "publications",
    state: "warning",
    says: "release 3 of alice is still moving",
  },
  {
    fault: "nobody could confirm a release",
    plant: (patient) => {
      patient.releases = [releaseOf(2, { status: "unconfirmed", trouble: "no answer" }), releaseOf(1)];
    },
    name: "publications",
    state: "warning",
    says: "release 2 is published, and nobody could confirm it: no answer",
  },
  {
    fault: "readers see a release that was withdrawn",
    plant: (patient) => {
      patient.releases = [releaseOf(2, { status: "withdrawn", tag: null }), releaseOf(1)];
    },
    name: "publications",
    state: "warning",
    says: "release 2 was withdrawn, and readers see it",
  },
  {
    fault: "a branch is left over from sealing",
    plant: (patient) => void patient.branches.set("consumer-release-2-sealing-1", hash("a3")),
    name: "sealing-branches",
    state: "warning",
    says: "1 branch left over from sealing: consumer-release-2-sealing-1",
  },
  {
    fault: "views cannot be sealed",
    plant: (patient) => {
      patient.parts = {
        sealer: {
          preview: async () => {
            throw new PipelineError("VIEWS_UNSEALABLE", { message: "oso.a reads tpch", hint: "mend it" });
          },
        },
      };
    },
    name: "views",
    state: "wrong",
    code: "VIEWS_UNSEALABLE",
    says: "oso.a reads tpch",
  },
  {
    fault: "SQLMesh does not start",
    plant: (patient) => {
      patient.parts = {
        sealer: {
          preview: async () => {
            throw new PipelineError("REQUIREMENT_MISSING", { message: "no python", hint: "install it" });
          },
        },
      };
    },
    name: "views",
    state: "wrong",
    code: "REQUIREMENT_MISSING",
    says: "no python",
  },
  {
    fault: "views show the time",
    plant: (patient) => {
      patient.views = { sealed: 3, notPinned: [{ view: "oso.a", what: "now" }] };
    },
    name: "views",
    state: "warning",
    says: "1 view shows what no commit holds, so that it changes while readers look: oso.a (now)",
  },
  {
    fault: "views are broken",
    plant: (patient) => {
      patient.views = { sealed: 3, broken: [{ view: "oso.a", what: "oso.gone is not there" }] };
    },
    name: "views",
    state: "warning",
    says: "oso.a (oso.gone is not there)",
  },
  ...(["warn", "ignore"] as const).map((policy): Fault => ({
    fault: `views leak under the policy ${policy}`,
    plant: (patient) => {
      patient.settings.viewPolicy = policy;
      patient.views = { leaking: ["oso.a", "oso.b"] };
    },
    name: "views",
    state: "warning",
    says: "2 views read live main through the consumer catalog: oso.a, oso.b",
  })),
  {
    fault: "views would be refused",
    plant: (patient) => {
      patient.settings.viewPolicy = "refuse";
      patient.views = { leaking: ["oso.a"] };
    },
    name: "views",
    state: "wrong",
    code: "VIEWS_UNSEALABLE",
    says: "1 view reads live main through the consumer catalog: oso.a; no release is made of them",
  },
  {
    fault: "orphans may be removed",
    plant: (patient) => {
      patient.answer("remove_orphan_files(", [["Trino version: 476"]]);
      patient.answer("SHOW SESSION", [["iceberg.remove_orphan_files_min_retention", "7.00d", "7.00d"]]);
    },
    name: "orphan-removal",
    state: "warning",
    says: "pipeline may run remove_orphan_files",
  },
  {
    fault: "snapshots may be expired",
    plant: (patient) => patient.answer("gc.enabled", []),
    name: "snapshot-expiry",
    state: "warning",
    says: "oso.projects lacks gc.enabled=false",
  },
  {
    fault: "files of a kept release are gone",
    plant: (patient) => {
      patient.gone = [{ table: "oso.projects", error: "Error opening Iceberg split" }];
    },
    name: "release-files",
    state: "wrong",
    code: "FILES_MISSING",
    says: "release 1 cannot be read any more: files of 1 table are gone: oso.projects (Error opening",
  },
  {
    fault: "nessie-gc cuts off before the oldest kept release",
    plant: (patient) => {
      patient.settings.gcCutoffMilliseconds = 10 * 86_400_000;
    },
    name: "gc-cutoff",
    state: "warning",
    says: "nessie-gc cuts off at 10 days, and release 1 is 19 days old: tags keep the releases, but commits of main without a tag are lost",
  },
  {
    fault: "branches may not be made",
    plant: (patient) => {
      patient.parts = {
        branches: {
          create: async () => {
            throw denied;
          },
          remove: async () => undefined,
        },
      };
    },
    name: "branch-right",
    state: "wrong",
    code: "PERMISSION_DENIED",
    says: "Nessie denied permission",
  },
  {
    fault: "tags may not be moved",
    plant: (patient) => {
      patient.store.moveTag = async () => {
        throw denied;
      };
    },
    name: "tag-right",
    state: "wrong",
    code: "PERMISSION_DENIED",
    says: "Nessie denied permission",
  },
  {
    fault: "SQLMesh is not installed",
    plant: (patient) => {
      patient.parts = {
        project: {
          ...patient.all().project,
          versions: async () => {
            throw new PipelineError("REQUIREMENT_MISSING", {
              message: "SQLMesh is not installed for python3",
              hint: "set sqlmesh.python",
            });
          },
        },
      };
    },
    name: "sqlmesh",
    state: "wrong",
    code: "REQUIREMENT_MISSING",
    says: "not installed for python3",
  },
  {
    fault: "SQLMesh is too old to restate",
    plant: (patient) => {
      patient.sqlmesh = { ...patient.sqlmesh, sqlmesh: "0.210.1", restatesSince: "0.218.0" };
    },
    name: "sqlmesh",
    state: "warning",
    says: "does not restate: that needs 0.218.0",
  },
  {
    fault: "the project does not load",
    plant: (patient) => {
      patient.parts = {
        project: {
          ...patient.all().project,
          load: async () => {
            throw new PipelineError("PROJECT_INVALID", { message: "no model is called x", hint: "mend it" });
          },
        },
      };
    },
    name: "project",
    state: "wrong",
    code: "PROJECT_INVALID",
    says: "no model is called x",
  },
  {
    fault: "models are built elsewhere than in Trino",
    plant: (patient) => {
      patient.gateway = { ...patient.gateway, engine: "duckdb", trino: null };
    },
    name: "gateway",
    state: "wrong",
    code: "CONFIG_INVALID",
    says: "models are built in duckdb",
  },
  {
    fault: "the project has no such gateway",
    plant: (patient) => {
      patient.settings.gateway = "cloud";
    },
    name: "gateway",
    state: "wrong",
    code: "CONFIG_INVALID",
    says: "no gateway cloud; it has trino",
  },
  {
    fault: "models are built in another catalog than is published",
    plant: (patient) => {
      patient.gateway = { ...patient.gateway, trino: { url: "http://trino", catalog: "lake" } };
    },
    name: "gateway",
    state: "wrong",
    code: "CONFIG_INVALID",
    says: "SQLMesh builds in the catalog lake, and iceberg is verified",
  },
  {
    fault: "models are built at another address than data is verified",
    plant: (patient) => {
      patient.gateway = { ...patient.gateway, trino: { url: "https://other:8443", catalog: "iceberg" } };
    },
    name: "gateway",
    state: "warning",
    says: "iceberg of https://other:8443, and data is verified at http://trino",
  },
  {
    fault: "SQLMesh's state is in a file",
    plant: (patient) => {
      patient.gateway = { ...patient.gateway, stateEngine: "duckdb" };
    },
    name: "sqlmesh-state",
    state: "warning",
    says: "other machines have none of it",
  },
  {
    fault: "SQLMesh's state is in Trino",
    plant: (patient) => {
      patient.gateway = { ...patient.gateway, stateEngine: "trino" };
    },
    name: "sqlmesh-state",
    state: "wrong",
    code: "CONFIG_INVALID",
    says: "no transactions",
  },
  {
    fault: "the folder has no models",
    plant: (patient) => {
      patient.models = [];
    },
    name: "project",
    state: "warning",
    says: "no models",
  },
  {
    fault: "the clock is behind",
    plant: (patient) => patient.answer("to_unixtime(now())", [[Date.parse("2026-11-21T00:02:00Z")]]),
    name: "clock",
    state: "warning",
    says: "Trino's clock is 2 min 0 s ahead",
  },
  {
    fault: "a lease whose holder died",
    plant: (patient) => {
      patient.leases = [{ ...lease, scope: "prod", run: "20261120-100000-abcd", holder: "dead" }];
    },
    name: "leases",
    state: "warning",
    says: "held for run 20261120-100000-abcd by bob on runner-1 (pid 7), whose process is gone",
  },
  {
    fault: "a run that did not finish",
    plant: (patient) => {
      patient.unfinished = [{ id: "20261120-100000-abcd", startedAt: "2026-11-20T10:00:00.000Z" }];
    },
    name: "unfinished-runs",
    state: "warning",
    says: "1 run did not finish: 20261120-100000-abcd of 2026-11-20",
  },
  {
    fault: "nothing can be written down",
    plant: (patient) => {
      patient.parts = {
        state: {
          place: "a folder",
          write: async () => {
            throw denied;
          },
        },
      };
    },
    name: "state-right",
    state: "wrong",
    code: "PERMISSION_DENIED",
    says: "Nessie denied permission",
  },
];

describe("doctor finds a fault by name, and mending it is said:", () => {
  it.each(faults)("$fault", async ({ plant, name, state, code = null, says }) => {
    const patient = new Patient();
    plant(patient);
    const found = (await patient.diagnosis(name)).filter((one) => one.state !== "fine");
    expect(found).toMatchObject([{ state, code }]);
    expect(found[0]?.found).toContain(says);
    expect(state === "unknown" || found[0]?.mend).toBeTruthy();
  });
});

describe("doctor takes for fine", () => {
  it("a run that is at work", async () => {
    const patient = new Patient();
    patient.unfinished = [{ id: "20261120-100000-abcd", startedAt: "2026-11-20T10:00:00.000Z" }];
    patient.leases = [{ ...lease, run: "20261120-100000-abcd" }];
    expect(await patient.diagnosis("unfinished-runs")).toMatchObject([{ state: "fine" }]);
  });

  it("a name of a commit whose table is damaged", async () => {
    const patient = new Patient();
    patient.answer("LIMIT 0", refused("ICEBERG_INVALID_METADATA", "no metadata file"));
    expect(await patient.diagnosis("table-by-hash")).toMatchObject([{ state: "fine" }]);
  });

  it("a publication that is at work", async () => {
    const patient = new Patient();
    patient.releases = [releaseOf(3, { status: "pending", sealed: null }), ...patient.releases];
    patient.branches.set("consumer-release-3-sealing", hash("a3"));
    patient.leases = [lease];
    const found = (await patient.diagnoses()).filter(({ state }) => state !== "fine");
    expect(found).toEqual([]);
    expect((await patient.diagnosis("publications"))[0]?.found).toContain("by bob on runner-1 (pid 7)");
  });

  it("orphan removal that is refused for all files that anybody asks after", async () => {
    const patient = new Patient();
    patient.answer("remove_orphan_files(", [["Trino version: 476"]]);
    patient.answer("SHOW SESSION", [["iceberg.remove_orphan_files_min_retention", "36500.00d", "36500.00d"]]);
    expect(await patient.diagnosis("orphan-removal")).toMatchObject([{ state: "fine" }]);
  });

  it("a catalog whose connector it may not know, where that answers", async () => {
    const patient = new Patient();
    patient.answer("system.metadata.catalogs", refused("PERMISSION_DENIED", "Access Denied"));
    patient.answer("SHOW CATALOGS", [["iceberg"], ["iceberg_consumer"]]);
    expect(await patient.diagnosis("producer-catalog")).toMatchObject([{ state: "fine" }]);
  });

  it("a tag that moves while the marker is read: it looks again", async () => {
    const patient = new Patient();
    let asked = 0;
    patient.parts = {
      reader: {
        marker: async () => {
          asked += 1;
          if (asked === 1) patient.store.tagAt("consumer", hash("b1"));
          return 1;
        },
      },
    };
    const follows = await patient.diagnosis("consumer-follows");
    expect(follows).toMatchObject([
      { state: "fine", found: "iceberg_consumer reads release 1, as the tag says" },
    ]);
  });
});

describe("what doctor makes to try rights", () => {
  it("and what one that died has left, goes", async () => {
    const patient = new Patient();
    patient.branches.set("oso-pipeline-doctor-dead", hash("a1"));
    patient.store.tagAt("oso-pipeline-doctor-dead", hash("a1"));
    expect(await patient.diagnosis("branch-right")).toMatchObject([{ state: "fine" }]);
    expect(patient.branches.size).toBe(0);
    expect(patient.store.references.has("oso-pipeline-doctor-dead")).toBe(false);
    expect(patient.store.writes).toEqual([
      "delete oso-pipeline-doctor-dead",
      "create oso-pipeline-doctor-0a1b2c",
      "move oso-pipeline-doctor-0a1b2c",
      "delete oso-pipeline-doctor-0a1b2c",
    ]);
  });

  it("goes also where it may not be moved", async () => {
    const patient = new Patient();
    patient.store.moveTag = async () => {
      throw denied;
    };
    await patient.diagnoses();
    expect(patient.store.references.has("oso-pipeline-doctor-0a1b2c")).toBe(false);
  });
});
