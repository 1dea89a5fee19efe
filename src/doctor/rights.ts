import { PipelineError } from "../core/errors.js";
import { fine, type Finding, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { Facts } from "./facts.js";
import type { DoctorParts } from "./ports.js";

const TIME_LIMIT = 20_000;

/** Of all that it makes in Nessie, so that a later one removes what one that died has left. */
export const OWN = "oso-pipeline-doctor-";

/** What publishing has to be allowed, tried with names of its own. */
export function rights(parts: DoctorParts, facts: Facts): readonly Examination[] {
  const { settings } = parts;
  const common = { needs: ["nessie"], timeLimitMilliseconds: TIME_LIMIT };
  return [
    {
      ...common,
      name: "branch-right",
      looked: "making and deleting branches in Nessie",
      look: async () => ofBranches(parts, facts),
    },
    {
      ...common,
      name: "tag-right",
      looked: "making, moving and deleting tags in Nessie",
      look: async () => ofTags(parts, facts),
    },
    {
      ...common,
      name: "state-right",
      looked: "writing down what is done",
      needs: settings.isStateInNessie ? ["nessie"] : [],
      look: async () => {
        await parts.state.write();
        return fine(`the ${parts.state.place} can be written`);
      },
    },
  ];
}

async function ofBranches({ branches, random }: DoctorParts, facts: Facts): Promise<Finding> {
  const { hash } = await facts.main();
  return tried(
    "branches may be made and deleted",
    "views cannot be sealed without it (docs/consumer-tag.md names other ways)",
    async () => {
      await branches.remove(OWN);
      const name = `${OWN}${random()}`;
      await branches.create(name, hash);
      await branches.remove(name);
    },
  );
}

async function ofTags({ store, random }: DoctorParts, facts: Facts): Promise<Finding> {
  const { hash } = await facts.main();
  const elsewhere = (await facts.consumer())?.hash ?? hash;
  return tried("tags may be made, moved and deleted", "nothing can be published without it", async () => {
    for (const left of await store.tags(OWN)) await store.deleteTag(left.name, left.hash);
    const name = `${OWN}${random()}`;
    await store.createTag(name, hash);
    let at = hash;
    try {
      await store.moveTag(name, hash, elsewhere);
      at = elsewhere;
    } finally {
      await store.deleteTag(name, at);
    }
  });
}

async function tried(allowed: string, consequence: string, trial: () => Promise<void>): Promise<Finding> {
  try {
    await trial();
    return fine(allowed);
  } catch (thrown) {
    if (!(thrown instanceof PipelineError) || thrown.code !== "PERMISSION_DENIED") throw thrown;
    return wrong(thrown.code, thrown.message, `give the right to whom nessie.auth names: ${consequence}`);
  }
}
