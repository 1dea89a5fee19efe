import writeFileAtomic from "write-file-atomic";
import { messageOf, PipelineError } from "../core/errors.js";
import { count } from "../core/words.js";
import { digestOf } from "../restatement/digest.js";
import type { RestatementPlan } from "../restatement/restatement-plan.js";
import { findingsOf } from "./describe.js";
import { codeOf } from "./find.js";
import { readFile } from "node:fs/promises";
import { jsonSchemaOf } from "./keys.js";
import { planSchema } from "./plan-schema.js";

const KIND = "oso-pipeline/restatement-plan";

/** Raised when an older release would misunderstand what a newer one writes. */
const SCHEMA = 1;

/**
 * Saves a plan as JSON, whole or not at all.
 * @param shown the file as messages name it.
 * @throws PipelineError USAGE where it cannot be written.
 */
export async function writePlanFile(file: string, shown: string, plan: RestatementPlan): Promise<void> {
  const { digest, ...rest } = plan;
  const content = { kind: KIND, schema: SCHEMA, digest, ...rest };
  try {
    await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (thrown) {
    throw new PipelineError("USAGE", {
      message: `the plan cannot be written to ${shown}: ${reasonOf(thrown)}`,
      hint: "name a file in a folder that exists and may be written to",
    });
  }
}

/**
 * Reads what `writePlanFile` has written, and nothing that was changed since.
 * @throws PipelineError USAGE when it is no plan, PLAN_STALE when it was edited, VERSION_UNSUPPORTED when a newer
 *   release wrote it.
 */
export async function readPlanFile(file: string, shown: string): Promise<RestatementPlan> {
  const content = parseJson(await read(file, shown), shown);
  const { kind, schema } = isObject(content) ? content : {};
  if (kind !== KIND) {
    throw new PipelineError("USAGE", { message: `${shown} is no restatement plan`, hint, where: shown });
  }
  if (schema !== SCHEMA) {
    throw new PipelineError("VERSION_UNSUPPORTED", {
      message: `${shown} is a restatement plan of schema ${JSON.stringify(schema)}; this release reads ${SCHEMA}`,
      hint: "use the release that wrote it, or plan again with this one",
      where: shown,
    });
  }
  const parsed = planSchema.safeParse(content, { jitless: true });
  if (!parsed.success) {
    const findings = findingsOf(parsed.error.issues, content, jsonSchemaOf(planSchema));
    const more = findings.length > 1 ? ` (and ${count(findings.length - 1, "more problem")})` : "";
    throw new PipelineError("USAGE", {
      message: `${shown} is a broken restatement plan: ${findings[0]?.message ?? "it cannot be read"}${more}`,
      hint,
      where: shown,
    });
  }
  if (digestOf(parsed.data) !== parsed.data.digest) {
    throw new PipelineError("PLAN_STALE", {
      message: `${shown} was changed after it was written: what it restates does not fit its digest`,
      hint,
      where: shown,
    });
  }
  return parsed.data;
}

const hint = "plans are written by `oso-pipeline plan --out FILE` and not edited by hand";

async function read(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    throw new PipelineError("USAGE", {
      message: `the plan ${shown} cannot be read: ${reasonOf(thrown)}`,
      hint: "`oso-pipeline plan --out FILE` writes one; a digest, where one is taken, has 8 digits or more",
    });
  }
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PipelineError("USAGE", {
      message: `${shown} is no restatement plan: it is not JSON`,
      hint,
      where: shown,
    });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "there is no such folder",
  EACCES: "this user may not",
  EPERM: "this user may not",
  ENOSPC: "the disk is full",
};

const reasonOf = (thrown: unknown): string => reasons[String(codeOf(thrown))] ?? messageOf(thrown);
