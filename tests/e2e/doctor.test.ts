import { existsSync } from "node:fs";
import { copyFile, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Diagnosis, DoctorResult } from "../../src/doctor/diagnosis.js";
import { dropSample, hashOf, moveTagByHand, query, Warehouse } from "../support/warehouse.js";

type Settings = Readonly<Record<string, string>>;

const nessie = async (method: string, path: string, body?: object): Promise<void> => {
  const reply = await fetch(`${inject("stack").nessieUri}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
};

const make = async (type: "BRANCH" | "TAG", name: string, hash: string): Promise<void> =>
  nessie("POST", `/trees?name=${name}&type=${type}`, { type: "DETACHED", hash });

const remove = async (type: "BRANCH" | "TAG", name: string): Promise<void> =>
  nessie("DELETE", `/trees/${name}@${await hashOf(name)}?type=${type}`);

interface Fault {
  readonly fault: string;
  /** Of the configuration. */
  readonly settings?: Settings;
  /** Gives what takes the fault away again. */
  readonly plant?: () => Promise<() => Promise<void>>;
  readonly finds: readonly string[];
  readonly exitCode: number;
}

const setting = (name: string, value: string): Settings => ({ [`OSO_PIPELINE__${name}`]: value });

const faults: readonly Fault[] = [
  {
    fault: "Trino is away",
    settings: setting("TRINO__URL", "http://127.0.0.1:9"),
    finds: ["trino wrong SERVICE_UNAVAILABLE"],
    exitCode: 5,
  },
  {
    fault: "Nessie is away",
    settings: setting("NESSIE__URI", "http://127.0.0.1:9/api/v2"),
    finds: ["nessie wrong SERVICE_UNAVAILABLE"],
    exitCode: 5,
  },
  {
    fault: "the Iceberg REST endpoint is somewhere else",
    settings: setting("NESSIE__ICEBERG_URI", "http://127.0.0.1:9/iceberg/"),
    finds: ["iceberg-rest wrong SERVICE_UNAVAILABLE"],
    exitCode: 5,
  },
  {
    fault: "the branch is not there",
    settings: setting("NESSIE__BRANCH", "nosuch"),
    finds: ["nessie wrong REFERENCE_MISSING"],
    exitCode: 3,
  },
  {
    fault: "a catalog is not there",
    settings: setting("TRINO__CATALOGS__PRODUCER", "nosuch"),
    finds: ["producer-catalog wrong CATALOG_UNFIT", "gateway wrong CONFIG_INVALID"],
    exitCode: 3,
  },
  {
    fault: "the consumer catalog is none of Iceberg",
    settings: setting("TRINO__CATALOGS__CONSUMER", "tpch"),
    finds: ["consumer-catalog wrong CATALOG_UNFIT"],
    exitCode: 3,
  },
  {
    fault: "the consumer catalog shows main",
    settings: setting("TRINO__CATALOGS__CONSUMER", "iceberg"),
    finds: ["consumer-follows wrong CATALOG_UNFIT"],
    exitCode: 3,
  },
  {
    fault: "the ledger is another one",
    settings: setting("STATE__BRANCH", "doctor-e2e-state"),
    finds: ["consumer-tag wrong CONFLICT", "release-tags warning"],
    exitCode: 8,
  },
  {
    fault: "views leak",
    settings: setting("RELEASE__VIEWS", "ignore"),
    finds: ["views warning"],
    exitCode: 0,
  },
  {
    fault: "SQLMesh's interpreter is not there",
    settings: setting("SQLMESH__PYTHON", "/nowhere/python"),
    finds: ["sqlmesh wrong"],
    exitCode: 3,
  },
  {
    fault: "the project has no such gateway",
    settings: setting("SQLMESH__GATEWAY", "nosuch"),
    finds: ["gateway wrong CONFIG_INVALID"],
    exitCode: 3,
  },
  {
    fault: "nessie-gc cuts off early",
    settings: setting("RELEASE__NESSIE_GC_CUTOFF", "1ms"),
    finds: ["gc-cutoff warning"],
    exitCode: 0,
  },
  {
    fault: "the consumer tag was moved by hand",
    plant: async () => {
      const before = await hashOf("consumer");
      await moveTagByHand("consumer", await hashOf("main"));
      return async () => moveTagByHand("consumer", before);
    },
    finds: ["consumer-tag wrong CONFLICT"],
    exitCode: 8,
  },
  {
    fault: "the consumer tag is gone",
    plant: async () => {
      const before = await hashOf("consumer");
      await remove("TAG", "consumer");
      return async () => make("TAG", "consumer", before);
    },
    finds: ["consumer-catalog warning", "consumer-tag wrong REFERENCE_MISSING"],
    exitCode: 3,
  },
  {
    fault: "a release tag was moved",
    plant: async () => {
      const before = await hashOf("consumer-release-1");
      await moveTagByHand("consumer-release-1", await hashOf("main"));
      return async () => moveTagByHand("consumer-release-1", before);
    },
    finds: ["release-tags wrong CONFLICT"],
    exitCode: 8,
  },
  {
    fault: "a release tag is gone",
    plant: async () => {
      const before = await hashOf("consumer-release-1");
      await remove("TAG", "consumer-release-1");
      return async () => make("TAG", "consumer-release-1", before);
    },
    finds: ["release-tags wrong CONFLICT"],
    exitCode: 8,
  },
  {
    fault: "a tag like a release's",
    plant: async () => {
      await make("TAG", "consumer-release-4711", await hashOf("main"));
      return async () => remove("TAG", "consumer-release-4711");
    },
    finds: ["release-tags warning"],
    exitCode: 0,
  },
  {
    fault: "a branch left over from sealing",
    plant: async () => {
      await make("BRANCH", "consumer-release-1-sealing", await hashOf("main"));
      return async () => remove("BRANCH", "consumer-release-1-sealing");
    },
    finds: ["sealing-branches warning"],
    exitCode: 0,
  },
  {
    fault: "a view that shows the time",
    plant: async () => {
      await query(
        "CREATE VIEW iceberg.oso.doctor_now AS SELECT CAST(now() AS timestamp(6) with time zone) AS asked_at",
      );
      return async () => void (await query("DROP VIEW iceberg.oso.doctor_now"));
    },
    finds: ["views warning"],
    exitCode: 0,
  },
  {
    fault: "a view that reads another catalog",
    plant: async () => {
      await query("CREATE VIEW iceberg.oso.doctor_other AS SELECT name FROM tpch.tiny.nation");
      return async () => void (await query("DROP VIEW iceberg.oso.doctor_other"));
    },
    finds: ["views wrong VIEWS_UNSEALABLE"],
    exitCode: 7,
  },
];

describe("doctor", () => {
  let warehouse: Warehouse;

  async function doctor(exitCode: number, settings: Settings = {}): Promise<readonly Diagnosis[]> {
    const { diagnoses } = await warehouse.run<DoctorResult>(exitCode, ["doctor"], { environment: settings });
    return diagnoses;
  }

  const told = (diagnoses: readonly Diagnosis[]): readonly string[] =>
    diagnoses
      .filter(({ state, without }) => state !== "fine" && without === null)
      .map(({ name, state, code }) => `${name} ${state} ${code ?? ""}`.trimEnd());

  beforeAll(async () => {
    await dropSample();
    warehouse = await Warehouse.create("doctor");
    await warehouse.run(0, ["run"]);
    await warehouse.run(0, ["tag-consumer"]);
  });

  afterAll(async () => {
    await warehouse.remove();
  });

  it("finds nothing wrong with the sample warehouse but state in a file, and orphans that may be removed", async () => {
    expect(told(await doctor(0))).toEqual(["sqlmesh-state warning", "orphan-removal warning"]);
  });

  it.each(faults)("finds that $fault", async ({ settings = {}, plant, finds, exitCode }) => {
    const mend = await plant?.();
    try {
      const found = told(await doctor(exitCode, settings));
      for (const one of finds) expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${one}`)));
    } finally {
      await mend?.();
    }
  });

  it("takes away what a doctor that died has left, and leaves nothing itself", async () => {
    const main = await hashOf("main");
    await make("BRANCH", "oso-pipeline-doctor-dead", main);
    await make("TAG", "oso-pipeline-doctor-died", main);
    await doctor(0);
    const reply = await fetch(
      `${inject("stack").nessieUri}/trees?filter=${encodeURIComponent("ref.name.startsWith('oso-pipeline-doctor-')")}`,
    );
    expect(await reply.json()).toMatchObject({ references: [] });
  });

  it("asks whether orphans may be removed without removing any", async () => {
    // The first table there is, by its name, so that it is the one that is asked of.
    await query("CREATE SCHEMA iceberg.a_doctor");
    try {
      await query("CREATE TABLE iceberg.a_doctor.t AS SELECT 1 AS a");
      const [[path] = []] = await query('SELECT "$path" FROM iceberg.a_doctor.t');
      const file = join(inject("stack").home, "data/s3", String(path).replace(/^s3:\/\//, ""));
      const orphan = join(dirname(file), "orphan.parquet");
      await copyFile(file, orphan);
      const longAgo = new Date(Date.now() - 40 * 86_400_000);
      await utimes(orphan, longAgo, longAgo);

      expect(told(await doctor(0))).toContain("orphan-removal warning");
      expect(existsSync(orphan)).toBe(true);
      await query("ALTER TABLE iceberg.a_doctor.t EXECUTE remove_orphan_files(retention_threshold => '7d')");
      expect(existsSync(orphan)).toBe(false);
    } finally {
      await query("DROP TABLE IF EXISTS iceberg.a_doctor.t");
      await query("DROP SCHEMA iceberg.a_doctor");
    }
  });
});
