import { randomBytes, randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import type { Doctor } from "../doctor/doctor.js";
import { isUnfinished } from "../restatement/runs.js";
import type { NotificationTarget } from "../doctor/ports.js";
import type { TrinoClient } from "../trino/client.js";
import { targetsOf } from "./notifying.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

/** A doctor says soon that something does not answer. */
const PATIENCE = { timeoutMs: 10_000, retry: { retries: 2, maxWaitMs: 1_000 } } as const;
const QUERY_LIMIT = 60_000;

export function diagnosing(outside: Outside): () => Promise<Pick<Doctor, "diagnose">> {
  const { configuration, sqlmesh, records, state } = outside;
  return once(async () => {
    const { config, secrets } = await configuration();
    const [
      { Doctor },
      { fileLook },
      { createNessieClient },
      { nessieProbe },
      { createTrinoClient },
      { releaseReader },
      { fileReader },
      { Sealing },
      { releaseLedger },
      { stateTrial },
      { isOlder, RESTATES_SINCE },
    ] = await Promise.all([
      import("../doctor/doctor.js"),
      import("../doctor/file-look.js"),
      import("../nessie/client.js"),
      import("../nessie/probe.js"),
      import("../trino/client.js"),
      import("../trino/release-reader.js"),
      import("../trino/readable.js"),
      import("../release/sealing.js"),
      import("../state/ledger.js"),
      import("../state/trial.js"),
      import("../sqlmesh/versions.js"),
    ]);
    // Ends what was given up and would keep the process from ending.
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const { url, user, auth, tls, catalogs } = config.trino;
    const { uri, icebergUri, branch, consumerTag } = config.nessie;
    const trino = until(
      over.signal,
      createTrinoClient({
        ...PATIENCE,
        server: url,
        user,
        auth,
        tls,
        clientTags: ["oso-pipeline"],
        queryTimeoutMs: QUERY_LIMIT,
      }),
    );
    const nessieOptions = { ...PATIENCE, uri, icebergUri, branch, auth: config.nessie.auth };
    const nessie = createNessieClient({ ...nessieOptions, signal: over.signal });
    // What it makes to try its rights is taken away again, whatever is given up.
    const patient = createNessieClient(nessieOptions);
    const ledger = releaseLedger({
      records: await records(),
      consumerTag,
      ttlMilliseconds: config.state.leaseTtlMilliseconds,
      process: { host: hostname(), pid: process.pid },
    });
    const reader = releaseReader(trino, catalogs.producer);
    const { policy, allowCatalogs } = config.release.views;
    const doctor = new Doctor({
      queries: trino,
      reader,
      nessie: nessieProbe({ ...nessieOptions, signal: over.signal }),
      store: patient,
      branches: patient,
      ledger,
      leases: async () => (await state()).leases(),
      unfinishedRuns: async () => (await (await state()).runs()).filter(isUnfinished).toReversed(),
      project: {
        versions: async () => {
          const versions = await (await sqlmesh()).versions();
          const restatesSince = isOlder(versions.sqlmesh, RESTATES_SINCE) ? RESTATES_SINCE : null;
          return { ...versions, restatesSince };
        },
        load: async () => (await sqlmesh()).load(),
        gateways: async () => (await sqlmesh()).gateways(),
      },
      state: stateTrial(await records()),
      sealer: new Sealing({
        catalog: nessie,
        reader: { read: async (statements) => (await sqlmesh()).read(statements) },
        branch: nessie,
        trino: reader,
        catalogs,
        policy: policy === "seal" ? policy : "warn",
        allowCatalogs,
      }),
      files: fileLook({
        comparison: nessie,
        files: fileReader(trino, {
          catalog: catalogs.producer,
          concurrency: config.verification.concurrency,
          signal: over.signal,
        }),
        store: nessie,
        ledger,
        branch,
      }),
      secrets,
      targets: await notificationTargets(outside),
      now: () => new Date(),
      random: () => randomBytes(6).toString("hex"),
      settings: {
        gateway: config.sqlmesh.gateway,
        trino: { url, user },
        nessie: { uri, icebergUri },
        catalogs,
        branch,
        consumerTag,
        tagPrefix: config.release.tagPrefix,
        viewPolicy: policy,
        gcCutoffMilliseconds: config.release.nessieGcCutoffMilliseconds,
        isStateInNessie: config.state.store === "nessie",
        startupMilliseconds: config.sqlmesh.startupTimeoutMilliseconds,
      },
    });
    return {
      diagnose: async (signal, options) => {
        try {
          return await doctor.diagnose(signal, options);
        } finally {
          over.abort();
        }
      },
    };
  });
}

/** Each with a test that means nothing. */
async function notificationTargets(outside: Outside): Promise<readonly NotificationTarget[]> {
  const [targets, { testAlert }] = await Promise.all([targetsOf(outside), import("../notify/notifier.js")]);
  return targets.map((target) => ({
    name: target.name,
    type: target.type,
    check: () => target.check(),
    sendTest: async (signal) => target.send(testAlert(), randomUUID(), signal),
  }));
}

/** The same, asked nothing more once `signal` is aborted. */
const until = (signal: AbortSignal, trino: TrinoClient): TrinoClient => ({
  query: async (sql, options) => trino.query(sql, { signal: options?.signal ?? signal }),
  tablesRead: async (sql, options) => trino.tablesRead(sql, { signal: options?.signal ?? signal }),
  referenced: async (sql, options) => trino.referenced(sql, { signal: options?.signal ?? signal }),
});
