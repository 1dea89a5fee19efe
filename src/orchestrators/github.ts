import { PipelineError } from "../core/errors.js";

/** A job of GitHub Actions. */
export interface GitHubJob {
  /** The same in each re-run; differs by workflow run, job, and leg of the matrix where it is handed over. */
  readonly key: string;
  readonly link: string;
}

/**
 * Null outside GitHub Actions. GitHub tells a job nothing of its matrix, so the workflow hands it over:
 * `OSO_PIPELINE_MATRIX: ${{ toJSON(matrix) }}`.
 * @throws PipelineError CONFIG_INVALID
 */
export function githubJob(environment: NodeJS.ProcessEnv): GitHubJob | null {
  if (environment["GITHUB_ACTIONS"] !== "true") return null;
  const server = environment["GITHUB_SERVER_URL"] || "https://github.com";
  const [repository, run, job] = ["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_JOB"].map((name) => {
    const value = environment[name];
    if (value) return value;
    throw new PipelineError("CONFIG_INVALID", {
      message: `GITHUB_ACTIONS is true, but ${name} is not set, so that a re-run could not be told from a new run`,
      hint: "pass GitHub's variables on, or name the start with --run-key",
    });
  });
  const matrix = (environment["OSO_PIPELINE_MATRIX"] ?? "").replaceAll(/\s+/g, " ").trim();
  // Without a matrix, toJSON(matrix) is null.
  const leg = matrix === "" || matrix === "null" ? [] : [matrix];
  return {
    key: [repository, run, job, ...leg].join("/"),
    link: `${server}/${repository}/actions/runs/${run}`,
  };
}
