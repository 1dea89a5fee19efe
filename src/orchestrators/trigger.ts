import type { Actor } from "../core/actor.js";
import type { Trigger } from "../restatement/runs.js";
import { actorFrom } from "./actor.js";
import { dagsterContext } from "./dagster.js";
import { githubJob } from "./github.js";

export interface TriggerRequest {
  /** `--run-key` */
  readonly runKey: string | null;
  /** Of what the run is asked to do: one Dagster run or CI job may start several different ones. */
  readonly requestDigest: string;
  /** The configured name of whoever starts runs; null to find it out. */
  readonly identity: string | null;
}

/**
 * What started this run, by what the orchestrator around it says of itself. Retries of the same start give the same
 * key; a start that nothing identifies has none.
 * @throws PipelineError CONFIG_INVALID where an orchestrator has started it and cannot be understood.
 */
export function triggerFrom(
  environment: NodeJS.ProcessEnv,
  { runKey, requestDigest, identity }: TriggerRequest,
): Trigger {
  if (runKey !== null) {
    // Named by hand, the start needs nothing from around it; what can be told of it is welcome all the same.
    const dagster = orNull(() => dagsterContext(environment));
    const link = dagster?.link ?? orNull(() => githubJob(environment))?.link ?? null;
    return { source: "key", key: runKey, by: whoActs(environment, identity), link };
  }
  const dagster = dagsterContext(environment);
  const by = actorFrom(environment, identity, dagster);
  if (dagster !== null) {
    const key = `dagster/${dagster.rootRunId}/${requestDigest}`;
    return { source: "dagster", key, by, link: dagster.link };
  }
  const job = githubJob(environment);
  if (job !== null)
    return { source: "github", key: `github/${job.key}/${requestDigest}`, by, link: job.link };
  return { source: "manual", key: null, by, link: null };
}

/** Whoever does something that no retry has to recognise: what cannot be read of Dagster's context is left out. */
export const whoActs = (environment: NodeJS.ProcessEnv, identity: string | null): Actor =>
  actorFrom(
    environment,
    identity,
    orNull(() => dagsterContext(environment)),
  );

/** Where the start can be looked at: a Dagster run, or the job of a CI that says where it is. */
export function startedBy(
  environment: NodeJS.ProcessEnv,
): { readonly title: string; readonly url: string } | null {
  const dagster = orNull(() => dagsterContext(environment))?.link ?? null;
  if (dagster !== null) return { title: "Dagster run", url: dagster };
  const job =
    orNull(() => githubJob(environment))?.link ??
    ["CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL"]
      .map((name) => environment[name])
      .find(Boolean);
  return job ? { title: "CI run", url: job } : null;
}

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
