import { hostname } from "node:os";
import type { StatusService } from "../status/status.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

/** What tells the present without waiting long for what is down. */
export function looking({ configuration, impatient }: Outside): () => Promise<StatusService> {
  return once(async () => {
    const { config } = await configuration();
    const [{ StatusService: Service }, { RunHistory }, { releaseLedger }, { verificationHistory }] =
      await Promise.all([
        import("../status/status.js"),
        import("../restatement/run-history.js"),
        import("../state/ledger.js"),
        import("../state/verifications.js"),
      ]);
    const { nessie, records, state } = await impatient();
    return new Service({
      store: nessie,
      comparison: nessie,
      history: nessie,
      ledger: releaseLedger({
        records,
        consumerTag: config.nessie.consumerTag,
        ttlMilliseconds: config.state.leaseTtlMilliseconds,
        process: { host: hostname(), pid: process.pid },
      }),
      runs: new RunHistory(state),
      models: state,
      verifications: verificationHistory({ records }),
      now: Date.now,
      branch: config.nessie.branch,
      consumerTag: config.nessie.consumerTag,
      environment: config.sqlmesh.environment,
    });
  });
}
