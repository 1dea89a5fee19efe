import type { Surround } from "../core/stage.js";
import type { VerificationService } from "../verification/verify.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

export function verifying(
  outside: Outside,
  surround: () => Promise<Surround>,
): () => Promise<VerificationService> {
  const { edge, configuration, sqlmesh, trino, nessie, records } = outside;
  return once(async () => {
    const { config } = await configuration();
    const [{ VerificationService }, { attestationStore }, { verificationHistory }, { whoActs }] =
      await Promise.all([
        import("../verification/verify.js"),
        import("../state/attestations.js"),
        import("../state/verifications.js"),
        import("../orchestrators/trigger.js"),
      ]);
    const [catalog, engine] = await Promise.all([nessie(), sqlmesh()]);
    return new VerificationService({
      ...config.verification,
      queries: await trino(),
      catalog,
      tags: catalog,
      reader: engine,
      directory: engine,
      attestations: attestationStore({ records: await records() }),
      history: verificationHistory({ records: await records() }),
      report: edge.report,
      now: Date.now,
      signal: edge.signal,
      by: whoActs(edge.environment, config.approval.identity),
      catalogs: config.trino.catalogs,
      verificationTag: config.nessie.verificationTag,
      surround: await surround(),
    });
  });
}
