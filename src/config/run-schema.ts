import * as z from "zod";
import { parseDuration } from "../core/duration.js";
import { duration, localPath, text, textList, timeout } from "./words.js";

/** What concerns runs: what they are asked to do, who has to agree, what is remembered of them. */

/** OSO's keys: the `run` section, and `config` of the operation in a Dagster launchpad. */
export const runSchema = z
  .strictObject({
    restate_models: textList
      .default([])
      .describe(
        "Models to restate, as SQLMesh selectors: names, wildcards, `tag:…`, `+` for up- or downstream.",
      ),
    restate_by_entity_category: z
      .boolean()
      .default(false)
      .describe("Restate the models of the categories in `restate_entity_categories`."),
    restate_entity_categories: textList
      .default([])
      .describe(
        "Entity categories to restate, tags `entity_category=…`. Empty means project and collection.",
      ),
    skip_tests: z.boolean().default(false).describe("Do not run SQLMesh's unit tests first."),
    allow_destructive_models: textList
      .default([])
      .describe("Models, as selectors, whose schema change may drop columns."),
    start: text
      .optional()
      .describe("First date to restate, e.g. 2024-01-01 or `1 week ago`. Default: the model's own start."),
    end: text.optional().describe("Last date to restate. Default: until now."),
    use_dev_environment: z
      .boolean()
      .default(false)
      .describe("Run in the SQLMesh environment `dev` in place of `sqlmesh.environment`."),
  })
  .refine((run) => run.restate_by_entity_category || run.restate_entity_categories.length === 0, {
    path: ["restate_entity_categories"],
    error: "has no effect while restate_by_entity_category is false: set that to true or empty this list",
  })
  .describe("What `run` does unless told otherwise on the command line, in OSO's words.");

const MIN_LEASE_TTL = "2s";

export const stateSchema = z
  .strictObject({
    store: z
      .enum(["nessie", "file"])
      .default("nessie")
      .describe(
        "`nessie`: a branch of its own, which all machines share. `file`: a folder, for runs on one machine only.",
      ),
    branch: text
      .default("oso-pipeline-state")
      .describe("Branch of Nessie that holds the records. It is made when it is first needed."),
    folder: localPath
      .default(".oso-pipeline/state")
      .describe("Folder that holds the records of the store `file`, relative to this file."),
    lease_ttl: timeout
      .default("60s")
      .refine((written) => (parseDuration(written) ?? 0) >= (parseDuration(MIN_LEASE_TTL) ?? 0), {
        error: `must be at least ${MIN_LEASE_TTL}`,
      })
      .describe(
        `How long a run may show no sign of life before another takes over; at least ${MIN_LEASE_TTL}. ` +
          "A run that was killed blocks nobody longer than this.",
      ),
    keep_runs: z
      .int()
      .min(1)
      .default(100)
      .describe("How many finished runs are remembered. Unfinished ones always are."),
  })
  .describe("What the tool remembers: runs, their plans and journals, approvals, the lease.");

export const approvalSchema = z
  .strictObject({
    policy: z
      .enum(["none", "prompt", "required"])
      .default("prompt")
      .describe(
        "What a restatement needs before it runs. `none`: nothing. `prompt`: a yes on the terminal, `--yes`, or an " +
          "approval. `required`: an approval given by `oso-pipeline approve`.",
      ),
    environments: z
      .array(text)
      .default(["prod"])
      .describe("SQLMesh environments that the policy holds for; in others nothing is asked."),
    free_up_to: z
      .strictObject({
        models: z.int().min(0).optional().describe("Most models that a restatement may have without asking."),
        batches: z
          .int()
          .min(0)
          .optional()
          .describe("Most batches that a restatement may have without asking."),
      })
      .prefault({})
      .describe("Restatements within all of these limits need nothing. Without limits, all of them do."),
    by_another: z
      .boolean()
      .default(false)
      .describe("An approval counts only when somebody else gave it than who starts the run."),
    expires: duration.default("7d").describe("How long an approval holds, unless it says otherwise."),
    identity: text
      .optional()
      .describe(
        "Name under which runs are started and approvals given. Default: the actor that GitHub or Dagster names, " +
          "else the login.",
      ),
  })
  .describe("Who has to agree to a restatement before it runs.");
