import { PipelineError } from "../core/errors.js";
import { few } from "../core/words.js";
import type { NessieLook, TrinoLook } from "./ports.js";

/** Whether something that the configuration names is there and works. */
export interface ConnectionFinding {
  readonly about: string;
  readonly state: "fine" | "wrong" | "unknown";
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly mend: string | null;
}

/** What a service said, or why it said nothing. */
export type Looked<T> = { readonly said: T } | { readonly failure: PipelineError };

/** Takes what a service refuses for an answer; a defect stays one, and so does Ctrl-C. */
export async function looking<T>(look: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { said: await look() };
  } catch (thrown) {
    if (!(thrown instanceof PipelineError) || ["INTERRUPTED", "TERMINATED"].includes(thrown.code))
      throw thrown;
    return { failure: thrown };
  }
}

export interface Named {
  readonly trino: { readonly url: string; readonly producer: string; readonly consumer: string };
  readonly nessie: { readonly uri: string; readonly branch: string; readonly consumerTag: string };
}

/** What the looks say of what the configuration names. */
export function findingsOf(
  { trino, nessie }: Named,
  atTrino: Looked<TrinoLook>,
  atNessie: Looked<NessieLook>,
): readonly ConnectionFinding[] {
  return [...findingsAtTrino(trino, atTrino), ...findingsAtNessie(nessie, atNessie)];
}

function findingsAtTrino(
  { url, producer, consumer }: Named["trino"],
  look: Looked<TrinoLook>,
): ConnectionFinding[] {
  if ("failure" in look) return [silent("Trino", look.failure)];
  const { version, catalogs } = look.said;
  return [
    fine("Trino", `${version} at ${url}`),
    catalog("producer catalog", producer, "trino.catalogs.producer", catalogs),
    catalog("consumer catalog", consumer, "trino.catalogs.consumer", catalogs),
  ];
}

function catalog(
  about: string,
  name: string,
  setting: string,
  catalogs: TrinoLook["catalogs"],
): ConnectionFinding {
  const there = catalogs.find((one) => one.name === name);
  if (there === undefined) {
    return {
      about,
      state: "wrong",
      found: `Trino has no catalog ${name}; it has ${few(catalogs.map((one) => one.name))}`,
      mend: `make it, as docs/consumer-tag.md says, or name another in ${setting}`,
    };
  }
  if (there.connector === "iceberg") return fine(about, name);
  return {
    about,
    state: "wrong",
    found: `${name} is of the connector ${there.connector}`,
    mend: `name a catalog of the connector iceberg in ${setting}`,
  };
}

function findingsAtNessie(
  { uri, branch, consumerTag }: Named["nessie"],
  look: Looked<NessieLook>,
): ConnectionFinding[] {
  if ("failure" in look) return [silent("Nessie", look.failure)];
  const { branches, tags } = look.said;
  const branchThere: ConnectionFinding = branches.includes(branch)
    ? fine("branch", branch)
    : {
        about: "branch",
        state: "wrong",
        found: `Nessie has no branch ${branch}; it has ${few(branches)}`,
        mend: "name the branch that SQLMesh writes to in nessie.branch",
      };
  const tagThere: ConnectionFinding = tags.includes(consumerTag)
    ? fine("consumer tag", consumerTag)
    : {
        about: "consumer tag",
        state: "unknown",
        found: `Nessie has no tag ${consumerTag} yet`,
        mend: "the first publication makes it: `oso-pipeline tag-consumer --create`",
      };
  return [fine("Nessie", uri), branchThere, tagThere];
}

const fine = (about: string, found: string): ConnectionFinding => ({
  about,
  state: "fine",
  found,
  mend: null,
});

/** A secret that is not set yet is no fault. */
const silent = (about: string, failure: PipelineError): ConnectionFinding => ({
  about,
  state: failure.code === "SECRET_MISSING" ? "unknown" : "wrong",
  found: failure.message,
  mend: failure.hint ?? null,
});
