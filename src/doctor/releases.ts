import { short } from "../core/commit.js";
import { count, few } from "../core/words.js";
import { disagreementInWords } from "../release/disagreement.js";
import { type Disagreement, disagreements } from "../release/history.js";
import { needsRecovery } from "../release/recovery.js";
import { branchOf, isSealingBranch, isSettled, releaseAt } from "../release/release.js";
import { fine, type Finding, warning, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import { type Facts, keptOf } from "./facts.js";
import type { DoctorParts } from "./ports.js";

const TIME_LIMIT = 20_000;

/** Whether Nessie still has what the ledger tells, and what publishers have left that died. */
export function releasesAndTags(parts: DoctorParts, facts: Facts): readonly Examination[] {
  const common = { needs: ["nessie", "ledger"], timeLimitMilliseconds: TIME_LIMIT };
  return [
    {
      ...common,
      name: "release-tags",
      looked: "the tags of releases, against the ledger",
      look: async () => ofTags(parts, facts),
    },
    {
      ...common,
      name: "publications",
      looked: "publications that did not end",
      look: async () => ofPublications(parts, facts),
    },
    {
      ...common,
      name: "sealing-branches",
      looked: "branches left over from sealing",
      look: async () => ofBranches(parts, facts),
    },
  ];
}

async function ofTags({ settings }: DoctorParts, facts: Facts): Promise<Finding | readonly Finding[]> {
  const { consumer, tags, releases } = await facts.standing();
  const found = disagreements(releases, tags, consumer, settings).filter(({ kind }) =>
    kind.startsWith("tag-"),
  );
  if (found.length > 0) {
    const unknown = found.filter(({ kind }) => kind === "tag-unknown");
    return [...found.filter((one) => !unknown.includes(one)).map(ofDisagreement), ...ofUnknown(unknown)];
  }
  const kept = keptOf(releases).length;
  return fine(kept === 0 ? "no release has one yet" : `${count(kept, "release tag")} where the ledger says`);
}

function ofDisagreement(one: Disagreement): Finding {
  const { kind, tag, expected } = one;
  const should = expected ?? "its commit";
  return wrong(
    "CONFLICT",
    disagreementInWords(one),
    kind === "tag-missing"
      ? `make the tag ${tag} again at ${should}, in Nessie, before its files are collected`
      : `put the tag ${tag} back to ${should}, in Nessie`,
  );
}

function ofUnknown(found: readonly Disagreement[]): readonly Finding[] {
  if (found.length === 0) return [];
  return [
    warning(
      `${count(found.length, "tag")} like those of releases, of which the ledger knows nothing: ${few(found.map(({ tag }) => tag))}`,
      "delete them in Nessie if nobody else needs them; if they are of another ledger, see `state` in the configuration",
    ),
  ];
}

async function ofPublications(
  { leases, settings }: DoctorParts,
  facts: Facts,
): Promise<Finding | readonly Finding[]> {
  const { consumer, releases } = await facts.standing();
  const holder = (await leases()).find(({ scope }) => scope === settings.consumerTag);
  const isAtWork = holder !== undefined && holder.holder !== "dead";
  const open = releases.filter((release) => !isSettled(release));
  if (open.length > 0) {
    if (isAtWork) {
      const whose = `${holder.by.name} on ${holder.host} (pid ${holder.pid})`;
      return fine(`release ${open[0]?.number} is being published, by ${whose}`);
    }
    return open.map(({ number, status, by, trouble }) =>
      warning(
        status === "unconfirmed"
          ? `release ${number} is published, and nobody could confirm it${trouble === null ? "" : `: ${trouble}`}`
          : `release ${number} of ${by.name} is still ${status}, and who published it is gone`,
        "`oso-pipeline tag-consumer` confirms or withdraws it first",
      ),
    );
  }
  if (needsRecovery(releases, consumer?.hash)) {
    const seen = releaseAt(consumer?.hash, releases);
    return warning(
      `release ${seen?.number} was withdrawn, and readers see it: its move arrived after that`,
      "`oso-pipeline tag-consumer` confirms it, or puts the tag back",
    );
  }
  return fine("every publication has ended");
}

async function ofBranches({ nessie, leases, settings }: DoctorParts, facts: Facts): Promise<Finding> {
  const { tagPrefix, consumerTag } = settings;
  // Branches first: one that is made meanwhile has its release in the ledger by then.
  const branches = await nessie.branches(tagPrefix);
  const atWork = (await leases()).some(({ scope, holder }) => scope === consumerTag && holder !== "dead");
  const { releases } = await facts.standing();
  const open = releases
    .filter((release) => !isSettled(release))
    .map(({ number }) => branchOf(tagPrefix, number));
  const left = branches.filter(({ name }) => {
    return (
      isSealingBranch(tagPrefix, name) &&
      !open.some((branch) => name === branch || name.startsWith(`${branch}-`))
    );
  });
  if (left.length === 0) return fine("none is left over");
  if (atWork) return fine(`${count(left.length, "branch")} of a publication that is at work`);
  return warning(
    `${count(left.length, "branch")} left over from sealing: ${few(left.map(({ name, hash }) => `${name} at ${short(hash)}`))}`,
    "the next publication deletes them, and anybody may: what they sealed has its tag, or was given up",
  );
}
