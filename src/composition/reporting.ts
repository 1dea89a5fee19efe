import { readFileSync } from "node:fs";
import { short } from "../core/commit.js";
import type { Report } from "../report/model/report.js";
import type { Reports } from "../report/reports.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";
import type { Publishing } from "./publishing.js";

type Told = Pick<Reports, "ofRun" | "ofVerification" | "ofRelease">;

/** Reports of what is remembered, in which no secret is left that is known here. */
export function reporting(
  { configuration, records, state }: Outside,
  { ledger, releaseHistory }: Pick<Publishing, "ledger" | "releaseHistory">,
): () => Promise<Told> {
  return once(async () => {
    const loaded = await configuration();
    const [
      { Reports },
      { RunHistory },
      { attestationStore },
      { verificationHistory },
      { lastLines },
      { mapTexts },
      { redactorOf },
    ] = await Promise.all([
      import("../report/reports.js"),
      import("../restatement/run-history.js"),
      import("../state/attestations.js"),
      import("../state/verifications.js"),
      import("../sqlmesh/log.js"),
      import("../core/redactor.js"),
      import("./redacting.js"),
    ]);
    const [remembered, history] = await Promise.all([state(), releaseHistory()]);
    const told = new Reports({
      runs: new RunHistory(remembered),
      state: remembered,
      ledger: await ledger(),
      verifications: verificationHistory({ records: await records() }),
      attestations: attestationStore({ records: await records() }),
      seen: async () => (await history.releases(1)).consumer.release,
      compare: async (from, to) =>
        history.compare(
          { asked: short(from), base: from, at: from, release: null },
          { asked: short(to), base: to, at: to, release: null },
          false,
        ),
      tail: lastLines,
      trinoUrl: loaded.config.trino.url,
      now: () => new Date(),
      toolVersion: version(),
    });
    // Whatever models print, and services answer, may have secrets in it.
    const safe = (report: Report): Report => mapTexts(report, redactorOf(loaded));
    return {
      ofRun: async (asked) => safe(await told.ofRun(asked)),
      ofVerification: async () => safe(await told.ofVerification()),
      ofRelease: async (number) => safe(await told.ofRelease(number)),
    };
  });
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
