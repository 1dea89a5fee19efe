import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { PublishResult } from "../../src/release/publish.js";
import type { PlanResult, RunResult } from "../../src/restatement/run-result.js";
import type { VerificationResult } from "../../src/verification/verify.js";
import { startProxy } from "../support/proxy.js";
import {
  commitSomethingElse,
  dropSample,
  hashOf,
  moveTagByHand,
  query,
  readersRelease,
  type CliRun,
  Warehouse,
} from "../support/warehouse.js";

const STAGING = "oso.stg_ossd__current_projects";
const projects = async (catalog: string): Promise<unknown> =>
  (await query(`SELECT count(*), count(DISTINCT project_id) FROM ${catalog}.oso.projects_v1`))[0];
const names = (step: { models: readonly { model: string }[] } | null): string[] =>
  (step?.models ?? []).map(({ model }) => model);

describe("the main job on a real lakehouse, models of prod as tables", () => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    await dropSample();
    warehouse = await Warehouse.create("dev-only", { OSO_SAMPLE_VIRTUAL_ENVIRONMENT_MODE: "dev_only" });
  });
  afterAll(() => warehouse.remove());

  it("builds everything on the first run, every batch once", async () => {
    const result = await warehouse.run<RunResult>(0, ["run"]);
    expect(result).toMatchObject({ status: "succeeded", environment: "prod", restatement: null });
    expect(result.deployment?.models.length).toBeGreaterThanOrEqual(20);
    for (const { batches } of result.deployment?.models ?? []) expect(batches.stored).toBe(batches.planned);
    expect(result.deployment?.models.some(({ batches }) => batches.stored > 1)).toBe(true);
    expect(await projects("iceberg")).toEqual([7, 7]);
  });

  it("has nothing to do on the second run, and commits nothing", async () => {
    const before = await hashOf("main");
    const result = await warehouse.run<RunResult>(0, ["run"]);
    expect(result).toMatchObject({ status: "nothing-to-do", deployment: null });
    expect(await hashOf("main")).toBe(before);
  });

  it("verifies one commit through Trino, views through their pinned tables", async () => {
    const result = await warehouse.run<VerificationResult>(0, ["verify"]);
    expect(result.base).toBe(await hashOf("main"));
    expect(result.verdict).toBe("passed");
    expect(result.unpinned).toEqual([]);
    const view = result.checks.find(({ model }) => model === "oso.projects_by_collection_v1");
    expect(view).toMatchObject({ pinned: true, outcome: "passed" });
  });

  it("publishes what it verified; readers see it from then on", async () => {
    const head = await hashOf("main");
    const result = await warehouse.run<PublishResult>(0, ["tag-consumer"]);
    expect(result).toMatchObject({
      outcome: "published",
      to: head,
      release: { base: head, status: "published", views: { sealedBy: "hash", leaking: [], broken: [] } },
    });
    // Models of kind VIEW are all that has to be sealed, for the others are tables.
    expect(result.release?.views.sealed).toBeGreaterThan(0);
    expect(await hashOf("consumer")).toBe(result.release?.sealed);
    expect(await hashOf(result.release?.tag ?? "")).toBe(result.release?.sealed);
    expect(await readersRelease()).toEqual({ number: result.release?.number, base: head });
    expect(await projects("iceberg_consumer")).toEqual([7, 7]);
  });

  it("says that there is nothing to move when the tag is already there", async () => {
    expect(await warehouse.run<PublishResult>(0, ["tag-consumer"])).toMatchObject({
      outcome: "already-there",
    });
  });

  it("plans without writing anything", async () => {
    const before = await hashOf("main");
    const { restatement } = await warehouse.run<PlanResult>(0, ["plan", "--restate", STAGING]);
    const planned = restatement?.models.map(({ model }) => model);
    expect(planned).toContain(STAGING);
    expect(planned).toContain("oso.projects_v1");
    expect(planned).not.toContain("oso.collections_v1");
    expect(await hashOf("main")).toBe(before);
  });

  it("restates a model and what is downstream of it, and nothing else; readers see no change", async () => {
    const consumer = await hashOf("consumer");
    const { restatement } = await warehouse.run<RunResult>(0, ["run", "--restate", STAGING, "--yes"]);
    expect(restatement).toMatchObject({ status: "succeeded", incomplete: [], leftOut: [] });
    expect(names(restatement)).toContain("oso.projects_v1");
    expect(names(restatement)).not.toContain("oso.collections_v1");
    expect(await hashOf("consumer")).toBe(consumer);
  });

  it("restates exactly the batches between the dates", async () => {
    const { restatement } = await warehouse.run<RunResult>(0, [
      "run",
      "--restate",
      "oso.stg_github__events",
      "--start",
      "2025-02-01",
      "--end",
      "2025-03-31",
      "--yes",
    ]);
    const staging = restatement?.models.find(({ model }) => model === "oso.stg_github__events");
    expect(staging?.batches).toEqual({ stored: 2, planned: 2 });
  });

  it("restates by entity category", async () => {
    const { restatement } = await warehouse.run<RunResult>(0, [
      "run",
      "--restate-category",
      "collection",
      "--yes",
    ]);
    expect(names(restatement)).toContain("oso.collections_v1");
    expect(restatement?.asked.every(({ askedBy }) => askedBy.includes("entity_category=collection"))).toBe(
      true,
    );
    expect(restatement?.leftOut).toContainEqual({ model: "oso.seed_ossd__collections", reason: "seed" });
  });

  it("restates what a Dagster launchpad YAML asks for", async () => {
    const launchpad = await warehouse.write(
      "launchpad.yaml",
      `ops:\n  sqlmesh_project:\n    config:\n      restate_by_entity_category: false\n      restate_models:\n        - ${STAGING}\n      skip_tests: false\n`,
    );
    const { restatement } = await warehouse.run<RunResult>(0, ["run", "--launchpad", launchpad, "--yes"]);
    expect(restatement?.asked).toEqual([{ model: STAGING, askedBy: [STAGING] }]);
    expect(names(restatement)).toContain("oso.projects_v1");
  });

  it("refuses a typo among good names and runs nothing", async () => {
    const before = await hashOf("main");
    const run = await warehouse.cli(["run", "--restate", STAGING, "--restate", "oso.projects_v2", "--json"]);
    expect(run.exitCode).toBe(2);
    expect(run.json.error).toMatchObject({ code: "SELECTOR_UNKNOWN" });
    expect(run.json.error?.hint).toContain("oso.projects_v1");
    expect(await hashOf("main")).toBe(before);
  });

  it("ends with 6 on a failing audit; what is downstream is skipped, the tag stays", async () => {
    const consumer = await hashOf("consumer");
    const run = await warehouse.cli(["run", "--restate", "oso.projects_v1", "--publish", "--yes", "--json"], {
      environment: { OSO_SAMPLE_FAIL_AUDIT: "projects_v1" },
    });
    expect(run.exitCode).toBe(6);
    expect(run.json.error?.code).toBe("TRANSFORMATION_FAILED");
    const { restatement, publication } = run.json.result as RunResult & { publication: unknown };
    expect(restatement?.failures).toEqual([
      expect.objectContaining({
        model: "oso.projects_v1",
        reason: "audit",
        audits: [{ name: "has_at_least_n_rows", failingRows: expect.any(Number) }],
      }),
    ]);
    expect(restatement?.models.map(({ model, outcome }) => `${model} ${outcome}`)).toEqual([
      "oso.key_metrics_by_project_v0 skipped",
      "oso.projects_v1 failed",
    ]);
    expect(publication).toBeNull();
    // What main holds now is half restated: publishing it is refused until the run is finished or given up.
    const refused = await warehouse.cli(["tag-consumer", "--json"]);
    expect(refused.exitCode).toBe(8);
    expect(refused.json.error?.code).toBe("RUN_UNFINISHED");
    expect(await hashOf("consumer")).toBe(consumer);
  });

  it("ends with 7 on a failing check and shows the query that finds the rows; the tag stays", async () => {
    const consumer = await hashOf("consumer");
    await warehouse.run(0, ["run", "--restate", "oso.projects_v1", "--yes"], {
      environment: { OSO_SAMPLE_BAD_DATA: "oso.projects_v1" },
    });
    const result = await warehouse.run<PublishResult<VerificationResult>>(7, ["tag-consumer"]);
    expect(result.outcome).toBe("refused");
    const failed = result.verification?.checks.find(
      ({ model, outcome }) => model === "oso.projects_v1" && outcome === "failed",
    );
    expect(failed).toMatchObject({ check: "unique(project_id)", failingRows: 6, pinned: true });
    expect(await query(failed?.rowsQuery ?? "")).toHaveLength(1);
    expect(await hashOf("consumer")).toBe(consumer);
    expect(await projects("iceberg_consumer")).toEqual([7, 7]);
    await warehouse.run(0, ["run", "--restate", "oso.projects_v1", "--yes"]);
  });

  it("restates in a development environment beside prod, whose tables it leaves alone", async () => {
    const prod = (): Promise<unknown> => query('SELECT snapshot_id FROM iceberg.oso."projects_v1$snapshots"');
    const before = await prod();
    const dev = ["run", "--environment", "dev"];
    await warehouse.run(0, dev);
    const { restatement } = await warehouse.run<RunResult>(0, [...dev, "--restate", "oso.projects_v1"]);
    expect(names(restatement)).toEqual(["oso.key_metrics_by_project_v0", "oso.projects_v1"]);
    expect(await prod()).toEqual(before);
  });

  describe("tag-consumer", () => {
    it("publishes an explicit commit, by its full or short hash, also backwards", async () => {
      const older = await hashOf("main");
      const newer = await commitSomethingElse();
      expect(await warehouse.run(0, ["tag-consumer", "--to-hash", newer])).toMatchObject({
        to: newer,
        backwards: false,
      });
      const back = await warehouse.run(0, ["tag-consumer", "--to-hash", older.slice(0, 16)]);
      expect(back).toMatchObject({ outcome: "published", to: older, backwards: true });
      expect((await readersRelease()).base).toBe(older);
    });

    it("refuses a commit that is neither on main nor an earlier release", async () => {
      const consumer = await hashOf("consumer");
      const elsewhere = await commitOnBranch();
      const run = await warehouse.cli(["tag-consumer", "--to-hash", elsewhere, "--json"]);
      expect(run.exitCode).toBe(2);
      expect(run.json.error?.code).toBe("HASH_NOT_ON_MAIN");
      expect((await warehouse.cli(["tag-consumer", "--to-hash", "0123456789abcdef"])).exitCode).toBe(2);
      expect(await hashOf("consumer")).toBe(consumer);
    });

    it("publishes the verified commit when main advances meanwhile", async () => {
      const verified = await commitSomethingElse();
      let advanced: string | undefined;
      const proxy = await startProxy(new URL(inject("stack").trinoUrl).origin, async () => {
        advanced ??= await commitSomethingElse();
        return "pass";
      });
      const result = await warehouse.run<PublishResult>(0, ["tag-consumer"], {
        environment: { OSO_PIPELINE__TRINO__URL: proxy.url },
      });
      await proxy.close();
      expect(advanced).not.toBe(verified);
      expect(await hashOf("main")).toBe(advanced);
      expect(result.to).toBe(verified);
      expect((await readersRelease()).base).toBe(verified);
    });

    it("lets one of two publishers win, and tells the other who is publishing", async () => {
      const [first, second] = [await commitSomethingElse(), await commitSomethingElse()];
      const winnerArrived = gate();
      const loserDone = gate();
      const winner = await publishThroughProxy(warehouse, second, async () => {
        winnerArrived.open();
        await loserDone.opened;
      });
      await winnerArrived.opened;
      const loser = await publishThroughProxy(warehouse, first, async () => undefined);
      const lost = await loser.run;
      loserDone.open();
      expect((await winner.run).exitCode).toBe(0);
      await Promise.all([winner.close(), loser.close()]);

      expect(lost.exitCode).toBe(8);
      expect(lost.json.error?.code).toBe("LEASE_HELD");
      expect(lost.json.error?.message).toMatch(/a publication of \S+ on \S+ \(process \d+\)/);
      expect((await readersRelease()).base).toBe(second);
    });

    it("leaves the tag to whoever moves it by hand in the moment before the move, and withdraws its release", async () => {
      const [by, target] = [await hashOf("consumer"), await commitSomethingElse()];
      const other = await commitOnBranch();
      const publisher = await publishThroughProxy(warehouse, target, async () => {
        if ((await hashOf("consumer")) !== other) await moveTagByHand("consumer", other);
      });
      const lost = await publisher.run;
      await publisher.close();
      expect(lost.exitCode).toBe(8);
      expect(lost.json.error?.code).toBe("TAG_MOVED");
      expect(lost.json.error?.message).toContain(by.slice(0, 12));
      expect(await hashOf("consumer")).toBe(other);
      await moveTagByHand("consumer", by);
    });

    it("counts a lost reply after the move as success", async () => {
      const target = await commitSomethingElse();
      const proxy = await startProxy(new URL(inject("stack").nessieUri).origin, async ({ method, url }) =>
        method === "PUT" && url.includes("/trees/consumer") ? "lose-reply" : "pass",
      );
      const result = await warehouse.run<PublishResult>(0, ["tag-consumer"], {
        environment: { OSO_PIPELINE__NESSIE__URI: `${proxy.url}/api/v2` },
      });
      await proxy.close();
      expect(result).toMatchObject({ outcome: "published", to: target });
      expect((await readersRelease()).base).toBe(target);
    });

    it("refuses a missing tag, and takes back one that the consumer catalog does not follow", async () => {
      const tag = `readers_${Date.now()}`;
      const other = { environment: { OSO_PIPELINE__NESSIE__CONSUMER_TAG: tag } };
      const missing = await warehouse.cli(["tag-consumer", "--json"], other);
      expect(missing.exitCode).toBe(3);
      expect(missing.json.error).toMatchObject({ code: "REFERENCE_MISSING" });
      expect(missing.json.error?.hint).toContain("--create");

      // Trino's catalog shows the tag `consumer`, and nothing of this one.
      const consumer = await hashOf("consumer");
      const unfit = await warehouse.cli(["tag-consumer", "--create", "--json"], other);
      expect(unfit.exitCode).toBe(3);
      expect(unfit.json.error).toMatchObject({ code: "CATALOG_UNFIT" });
      expect(unfit.json.result).toMatchObject({ outcome: "withdrawn", release: { status: "withdrawn" } });
      await expect(hashOf(tag)).rejects.toThrow(tag);
      expect(await hashOf("consumer")).toBe(consumer);
    });
  });
});

/** Starts `tag-consumer` with Nessie behind a proxy that does `beforeMove` before it passes the move on. */
async function publishThroughProxy(
  warehouse: Warehouse,
  toHash: string,
  beforeMove: () => Promise<void>,
): Promise<{ run: Promise<CliRun>; close(): Promise<void> }> {
  const proxy = await startProxy(new URL(inject("stack").nessieUri).origin, async ({ method, url }) => {
    if (method === "PUT" && url.includes("/trees/consumer")) await beforeMove();
    return "pass";
  });
  const environment = {
    OSO_PIPELINE__NESSIE__URI: `${proxy.url}/api/v2`,
    // DuckDB lets one process in at a time; publishing reads nothing of the state.
    OSO_SAMPLE_STATE: join(warehouse.folder, `state-${toHash.slice(0, 8)}.db`),
  };
  return {
    run: warehouse.cli(["tag-consumer", "--to-hash", toHash, "--json"], { environment }),
    close: proxy.close,
  };
}

/** A promise that is kept when somebody opens it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** A commit that exists in Nessie, but not in main's history. */
async function commitOnBranch(): Promise<string> {
  const nessie = inject("stack").nessieUri;
  const json = { "content-type": "application/json" };
  const name = `elsewhere_${Date.now()}`;
  const main = await hashOf("main");
  await fetch(`${nessie}/trees?name=${name}&type=BRANCH`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ type: "BRANCH", name: "main", hash: main }),
  });
  await fetch(`${nessie}/trees/${name}@${main}/history/commit`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({
      commitMeta: { message: "elsewhere" },
      operations: [
        {
          type: "PUT",
          key: { elements: [name] },
          content: { type: "NAMESPACE", elements: [name], properties: {} },
        },
      ],
    }),
  });
  return hashOf(name);
}
