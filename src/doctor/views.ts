import { count, few } from "../core/words.js";
import type { Named, SealedViews } from "../release/release.js";
import { fine, type Finding, warning, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { Facts } from "./facts.js";
import type { DoctorParts } from "./ports.js";

/** Reading the texts of some hundred views, once SQLMesh has started. */
const READING = 60_000;

/** What would become of main's views in a release that was made now. */
export const viewsOfMain = ({ sealer, settings }: DoctorParts, facts: Facts): Examination => ({
  name: "views",
  looked: `views, by release.views: ${settings.viewPolicy}`,
  needs: ["nessie", "iceberg-rest", "sqlmesh"],
  timeLimitMilliseconds: settings.startupMilliseconds + READING,
  look: async () => {
    const { hash } = await facts.main();
    const views = await sealer.preview(hash);
    return [
      settings.viewPolicy === "seal" ? sealable(views) : live(views, settings.viewPolicy),
      ...listed(
        views.notPinned,
        "what no commit holds, so that it changes while readers look",
        "docs/consumer-tag.md says what sealing cannot hold; a table holds it",
      ),
      ...listed(
        views.broken,
        "what is not there, on main either",
        "mend or drop them: a release leaves them as they are",
      ),
    ];
  },
});

const sealable = ({ sealed }: SealedViews): Finding =>
  fine(sealed === 0 ? "main has no view to seal" : `${count(sealed, "view")} of main can be sealed`);

function live({ leaking }: SealedViews, policy: SealedViews["policy"]): Finding {
  if (leaking.length === 0) return fine("no view reads live data through the consumer catalog");
  const found = `${count(leaking.length, "view")} ${leaking.length === 1 ? "reads" : "read"} live main through the consumer catalog: ${few(leaking)}`;
  const mend = "release.views: seal puts the views of a release to its commit";
  return policy === "refuse"
    ? wrong("VIEWS_UNSEALABLE", `${found}; no release is made of them`, mend)
    : warning(found, mend);
}

function listed(views: readonly Named[], what: string, mend: string): readonly Finding[] {
  if (views.length === 0) return [];
  const names = new Set(views.map(({ view }) => view));
  const told = few(views.map(({ view, what: detail }) => `${view} (${detail})`));
  return [
    warning(`${count(names.size, "view")} ${names.size === 1 ? "shows" : "show"} ${what}: ${told}`, mend),
  ];
}
