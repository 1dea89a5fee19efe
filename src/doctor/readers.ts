import { type Reference, short } from "../core/commit.js";
import { disagreementInWords } from "../release/disagreement.js";
import { disagreements } from "../release/history.js";
import { type Release, releaseAt } from "../release/release.js";
import { targetAt } from "../release/target.js";
import { ask } from "./asking.js";
import { fine, type Finding, unknown, warning, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { Facts } from "./facts.js";
import { liveName } from "./names.js";
import type { DoctorParts } from "./ports.js";

const TIME_LIMIT = 20_000;

/** What readers are led to by the tag, and whether their catalog goes with it. */
export function readers(parts: DoctorParts, facts: Facts): readonly Examination[] {
  const { catalogs, consumerTag } = parts.settings;
  return [
    {
      name: "consumer-tag",
      looked: `the tag ${consumerTag}`,
      needs: ["nessie", "ledger"],
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => ofTag(parts, facts),
    },
    {
      name: "consumer-follows",
      looked: `whether ${catalogs.consumer} shows what ${consumerTag} stands at`,
      needs: ["nessie", "ledger", "consumer-catalog"],
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => ofMarker(parts, facts),
    },
    {
      name: "table-by-hash",
      looked: 'reading "table#<commit>"',
      needs: ["nessie", "ledger", "producer-catalog", "consumer-catalog"],
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => ofHash(parts, facts),
    },
  ];
}

async function ofTag({ store, settings }: DoctorParts, facts: Facts): Promise<Finding | readonly Finding[]> {
  const { consumerTag, branch, tagPrefix } = settings;
  const { consumer, tags, releases } = await facts.standing();
  const disagreeing = disagreements(releases, tags, consumer, { consumerTag, tagPrefix })
    .filter(({ kind }) => kind.startsWith("consumer-"))
    .map((one) =>
      wrong(
        one.kind === "consumer-missing" ? "REFERENCE_MISSING" : "CONFLICT",
        disagreementInWords(one),
        one.kind === "consumer-missing"
          ? "`oso-pipeline tag-consumer --create` publishes again"
          : "find out who moved it; `oso-pipeline tag-consumer` publishes main, `oso-pipeline rollback` a release",
      ),
    );
  if (consumer === null) {
    if (disagreeing.length > 0) return disagreeing;
    return warning(
      `there is no tag ${consumerTag}: readers see nothing`,
      "`oso-pipeline tag-consumer --create` makes the first release",
    );
  }
  if (consumer.type === "BRANCH") {
    return wrong(
      "CONFIG_INVALID",
      `${consumerTag} is a branch, which anybody's commit moves`,
      "name a tag in nessie.consumer_tag",
    );
  }
  const { base, release } = targetAt(consumer.hash, releases);
  const place = release === null ? short(consumer.hash) : `release ${release}, made of ${short(base)}`;
  if (!(await store.isAncestor(base, (await facts.main()).hash))) {
    const elsewhere = wrong(
      "CONFLICT",
      `${consumerTag} stands at ${place}, which is not in the history of ${branch}`,
      release === null
        ? "if another ledger knows it, `state` in the configuration is wrong; else somebody has moved the tag by hand: publish what readers should see"
        : `somebody has moved ${branch} by hand: find out what readers should see, then publish that`,
    );
    return [...disagreeing, elsewhere];
  }
  if (disagreeing.length > 0) return disagreeing;
  if (release === null && releases.length === 0) {
    return warning(
      `${consumerTag} stands at ${place} of ${branch}, and nothing was released yet: views that readers see read live data`,
      "`oso-pipeline tag-consumer` makes the first release",
    );
  }
  return fine(`${consumerTag} stands at ${place} of ${branch}`);
}

async function ofMarker(parts: DoctorParts, facts: Facts): Promise<Finding> {
  const { store, settings } = parts;
  const { consumerTag, catalogs } = settings;
  const releases = await facts.releases();
  let before = await store.findReference(consumerTag);
  for (;;) {
    const release = releaseAt(before?.hash, releases);
    if (before === null) return fine("there is no tag to follow yet");
    if (release === null)
      return unknown(`${consumerTag} stands at no release, so that none can be asked for`);
    if (!release.marked) {
      return unknown(
        `release ${release.number} has no marker to ask for`,
        "releases are marked where Nessie has an Iceberg REST endpoint and branches may be made",
      );
    }
    const found = await parts.reader.marker(catalogs.consumer, null);
    const after: Reference | null = await store.findReference(consumerTag);
    if (after?.hash !== before.hash) {
      before = after;
      continue;
    }
    if (found === release.number) return fine(`${catalogs.consumer} reads release ${found}, as the tag says`);
    return found === null ? noMarker(release, parts, facts) : otherMarker(found, release, parts);
  }
}

const REST = (tag: string): string =>
  `make it iceberg.catalog.type=rest with iceberg.rest-catalog.prefix=${tag} (docs/consumer-tag.md)`;

const otherMarker = (found: number, { number }: Release, { settings }: DoctorParts): Finding =>
  wrong(
    "CATALOG_UNFIT",
    `${settings.catalogs.consumer} reads release ${found}, while the tag stands at release ${number}: it shows another reference, or keeps the commit it started with, as a native Nessie catalog does`,
    REST(settings.consumerTag),
  );

/** The catalog shows no marker, although the tag's commit has one: what it does read tells why. */
async function noMarker(
  { number, sealed }: Release,
  { reader, settings }: DoctorParts,
  facts: Facts,
): Promise<Finding> {
  const { catalogs, consumerTag } = settings;
  const answer = await facts.byHash(catalogs.consumer);
  if (answer !== null && !("rows" in answer) && answer.refusal === "absent") {
    return wrong(
      "CATALOG_UNFIT",
      `${catalogs.consumer} reads neither views nor tables by their commit, as a native Nessie catalog (iceberg.catalog.type=nessie): such a one never follows the tag`,
      REST(consumerTag),
    );
  }
  if ((await reader.marker(catalogs.consumer, sealed)) === null) {
    return wrong(
      "CATALOG_UNFIT",
      `${catalogs.consumer} reads no views: the marker of release ${number} is not there`,
      `set iceberg.rest-catalog.view-endpoints-enabled=true for ${catalogs.consumer}`,
    );
  }
  return wrong(
    "CATALOG_UNFIT",
    `${catalogs.consumer} shows another reference than ${consumerTag}: the marker of release ${number} is not there`,
    REST(consumerTag),
  );
}

async function ofHash(parts: DoctorParts, facts: Facts): Promise<readonly Finding[]> {
  const { settings } = parts;
  const { catalogs } = settings;
  const [produced, consumed] = [await facts.byHash(catalogs.producer), await facts.byHash(catalogs.consumer)];
  if (produced === null || consumed === null)
    return [unknown('main has no table, and no release is kept, to try "table#<commit>" on')];
  const denied = [[catalogs.producer, produced] as const, [catalogs.consumer, consumed] as const].flatMap(
    ([catalog, answer]) =>
      "rows" in answer || answer.refusal !== "denied"
        ? []
        : [
            wrong(
              "PERMISSION_DENIED",
              `${catalog} refuses "table#<commit>" to ${settings.trino.user}: ${answer.said}`,
              "rules by table name see the literal name: write them as `projects(#.*)?` (docs/consumer-tag.md)",
            ),
          ],
  );
  if (denied.length > 0) {
    const table = await facts.table();
    const live =
      table === null
        ? { rows: [] }
        : await ask(parts, `SELECT * FROM ${liveName(catalogs.producer, table.name)} LIMIT 0`);
    if ("rows" in live) return denied;
    return [
      unknown(
        `${settings.trino.user} may not read ${table?.name} at all, on which it was tried: ${live.said}`,
      ),
    ];
  }
  if (!("rows" in produced)) {
    const verified =
      catalogs.verification === null
        ? "and commits are verified by live data"
        : `and commits are verified through ${catalogs.verification}`;
    return [
      warning(
        `${catalogs.producer} does not read "table#<commit>" (${produced.said}): views are sealed by the name of ${catalogs.consumer}, so that those of older releases read today's, ${verified}`,
        catalogs.verification === null
          ? "use Nessie's Iceberg REST catalogue; else name a catalog with a tag of its own as trino.catalogs.verification"
          : "use Nessie's Iceberg REST catalogue",
      ),
    ];
  }
  if (!("rows" in consumed)) {
    return [
      wrong(
        "CATALOG_UNFIT",
        `${catalogs.producer} reads "table#<commit>" and ${catalogs.consumer} does not (${consumed.said}): no release can be read back through it`,
        REST(settings.consumerTag),
      ),
    ];
  }
  return [
    fine(
      `${catalogs.producer} and ${catalogs.consumer} read "table#<commit>": data is verified and sealed as of one commit`,
    ),
  ];
}
