import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { z } from "zod";
import { messageOf, PipelineError } from "../core/errors.js";

/** What a Dagster step says of itself to the process it started, as far as a run's identity goes. */
export interface DagsterContext {
  /**
   * The same for all retries of a run. Dagster Pipes carries only the id of the run itself, so the step hands the
   * root's over in `extras.root_run_id`.
   */
  readonly rootRunId: string;
  /** `extras.user` */
  readonly user: string | null;
  /** `extras.run_url` */
  readonly link: string | null;
}

const variable = "DAGSTER_PIPES_CONTEXT";

/** The two ways of Dagster's own PipesDefaultContextLoader, of which a path comes first. */
const parameters = z.union([
  z.object({ path: z.string() }),
  z.object({ data: z.record(z.string(), z.unknown()) }),
]);

const given = z.string().min(1).nullish();

const context = z.object({
  run_id: z.string().min(1),
  extras: z.object({ root_run_id: given, user: given, run_url: given }).nullish(),
});

/**
 * Null where no Dagster step has started this process.
 * @throws PipelineError CONFIG_INVALID for a context that cannot be read: without it each retry would count as another
 *   start, and restate again.
 */
export function dagsterContext(environment: NodeJS.ProcessEnv): DagsterContext | null {
  const encoded = environment[variable];
  if (encoded === undefined) return null;
  const where = parameters.safeParse(
    attempt("is not what Dagster Pipes writes (base64 of zlib of JSON)", () => decode(encoded)),
  );
  if (!where.success) throw unreadable("names neither a path nor data");
  const { data: place } = where;
  const found = context.safeParse(
    "path" in place
      ? attempt(`names ${place.path}, which cannot be read`, () => parse(readFileSync(place.path, "utf8")))
      : place.data,
  );
  if (!found.success)
    throw unreadable(`does not fit: ${z.prettifyError(found.error).replaceAll(/\s+/g, " ")}`);
  const { run_id: runId, extras } = found.data;
  return {
    rootRunId: extras?.root_run_id ?? runId,
    user: extras?.user ?? null,
    link: extras?.run_url ?? null,
  };
}

const parse = (text: string): unknown => JSON.parse(text);

const decode = (encoded: string): unknown =>
  parse(inflateSync(Buffer.from(encoded, "base64")).toString("utf8"));

function attempt(otherwise: string, work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    throw unreadable(`${otherwise}: ${messageOf(thrown)}`);
  }
}

const unreadable = (why: string): PipelineError =>
  new PipelineError("CONFIG_INVALID", {
    message: `${variable} ${why}`,
    hint: "start the command with Dagster's PipesSubprocessClient and its own context injector, or name the start with --run-key",
  });
