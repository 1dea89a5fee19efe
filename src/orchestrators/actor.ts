import { hostname, userInfo } from "node:os";
import type { Actor } from "../core/actor.js";
import type { DagsterContext } from "./dagster.js";

/**
 * Who does something: the configured identity, else the CI's person, else Dagster's user, else whoever is logged in.
 * GitHub's triggering actor is who acts now; its actor is who started the first of several attempts.
 */
export function actorFrom(
  environment: NodeJS.ProcessEnv,
  identity: string | null,
  dagster: DagsterContext | null = null,
): Actor {
  const onGitHub = environment["GITHUB_TRIGGERING_ACTOR"] || environment["GITHUB_ACTOR"];
  if (identity !== null) return { name: identity, from: "configuration" };
  if (onGitHub) return { name: onGitHub, from: "github" };
  if (dagster?.user) return { name: dagster.user, from: "dagster" };
  return { name: `${loginName()}@${hostname()}`, from: "login" };
}

/** Containers often run as a user that has no name. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
