import { hostname } from "node:os";
import { PRODUCTION } from "../core/model.js";
import type { Surround } from "../core/stage.js";
import type { ReleaseHistory } from "../release/history.js";
import type { FileProbe, GuardedRun, ReleaseLedger, ReleaseReader, Sealer } from "../release/ports.js";
import type { ReleaseService } from "../release/publish.js";
import { isUnfinished, type RunRecord } from "../restatement/runs.js";
import type { VerificationResult } from "../verification/result.js";
import type { VerificationService } from "../verification/verify.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

export interface Publishing {
  readonly releases: () => Promise<ReleaseService<VerificationResult>>;
  readonly releaseHistory: () => Promise<ReleaseHistory>;
  readonly ledger: () => Promise<ReleaseLedger>;
}

/**
 * What makes releases and remembers them. Whatever needs Trino or SQLMesh is built when it is first asked something: where
 * there is nothing to move, neither is started.
 */
export function publishing(
  outside: Outside,
  verification: () => Promise<VerificationService>,
  surround: () => Promise<Surround>,
): Publishing {
  const { edge, observe, configuration, sqlmesh, trino, nessie, patientNessie, records, state } = outside;

  const ledger = once(async (): Promise<ReleaseLedger> => {
    const { config } = await configuration();
    const { releaseLedger } = await import("../state/ledger.js");
    const store = releaseLedger({
      records: await records(),
      consumerTag: config.nessie.consumerTag,
      ttlMilliseconds: config.state.leaseTtlMilliseconds,
      process: { host: hostname(), pid: process.pid },
    });
    return observe("ledger", store);
  });

  const reader = once(async (): Promise<ReleaseReader> => {
    const { config } = await configuration();
    const { releaseReader } = await import("../trino/release-reader.js");
    return observe("release-reader", releaseReader(await trino(), config.trino.catalogs.producer));
  });

  const sealing = once(async (): Promise<Sealer> => {
    const { config } = await configuration();
    const { Sealing } = await import("../release/sealing.js");
    const catalog = await patientNessie();
    return new Sealing({
      catalog,
      reader: await sqlmesh(),
      branch: observe("sealing-branch", catalog),
      trino: await reader(),
      catalogs: config.trino.catalogs,
      ...config.release.views,
    });
  });

  const files = once(async (): Promise<FileProbe> => {
    const { config } = await configuration();
    const [{ ReadableFiles }, { fileReader }] = await Promise.all([
      import("../release/readable.js"),
      import("../trino/readable.js"),
    ]);
    const catalog = await nessie();
    return new ReadableFiles({
      comparison: catalog,
      files: fileReader(await trino(), {
        catalog: config.trino.catalogs.producer,
        concurrency: config.verification.concurrency,
        signal: edge.signal,
      }),
      store: catalog,
      ledger: await ledger(),
      branch: config.nessie.branch,
    });
  });

  const releases = once(async () => {
    const { config } = await configuration();
    const [{ ReleaseService }, { whoActs }] = await Promise.all([
      import("../release/publish.js"),
      import("../orchestrators/trigger.js"),
    ]);
    // Ctrl-C ends a publication between its steps, so that what was begun can be put away at once.
    const catalog = await patientNessie();
    return new ReleaseService<VerificationResult>({
      store: observe("references", catalog),
      branches: observe("sealing-branch", catalog),
      ledger: await ledger(),
      verifier: { prove: async (base, seen) => (await verification()).prove(base, seen) },
      sealer: {
        preview: async (base) => (await sealing()).preview(base),
        seal: async (order) => (await sealing()).seal(order),
      },
      reader: { marker: async (name, at) => (await reader()).marker(name, at) },
      files: { mustBeReadable: async (target, seen) => (await files()).mustBeReadable(target, seen) },
      runs: {
        runs: async () =>
          (await (await state()).runs()).filter(isPublished(config.sqlmesh.environment)).map(guarded),
      },
      report: edge.report,
      signal: edge.signal,
      now: () => new Date(),
      by: whoActs(edge.environment, config.approval.identity),
      branch: config.nessie.branch,
      consumerTag: config.nessie.consumerTag,
      tagPrefix: config.release.tagPrefix,
      catalogs: config.trino.catalogs,
      keep: config.release.keep,
      policy: config.release.views.policy,
      surround: await surround(),
    });
  });

  const releaseHistory = once(async () => {
    const { config } = await configuration();
    const { ReleaseHistory } = await import("../release/history.js");
    const catalog = await nessie();
    return new ReleaseHistory({
      store: catalog,
      ledger: await ledger(),
      comparison: catalog,
      catalog,
      branch: config.nessie.branch,
      consumerTag: config.nessie.consumerTag,
      tagPrefix: config.release.tagPrefix,
      catalogs: config.trino.catalogs,
    });
  });

  return { releases, releaseHistory, ledger };
}

/** Whether a run writes what readers will see. */
const isPublished =
  (environment: string) =>
  (run: RunRecord): boolean =>
    run.environment === PRODUCTION || run.environment === environment;

const guarded = ({ id, mainAtStart, mainAtEnd, ...run }: RunRecord): GuardedRun => ({
  id,
  isUnfinished: isUnfinished(run),
  mainAtStart,
  mainAtEnd,
});
