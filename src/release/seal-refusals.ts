import { PipelineError } from "../core/errors.js";
import { count, few } from "../core/words.js";
import type { Named } from "./release.js";

/** To hold views still without sealing them. */
const OTHER_WAYS =
  "other ways: SQLMesh's virtual_environment_mode: dev_only, or a Trino for readers whose catalog has the producer's name";

/** A right or a service is missing without which no branch with other views can be made at all. */
export const isImpossible = (thrown: unknown): thrown is PipelineError =>
  thrown instanceof PipelineError &&
  (thrown.code === "PERMISSION_DENIED" || thrown.code === "REQUIREMENT_MISSING");

export const impossible = (reason: PipelineError): PipelineError =>
  new PipelineError(reason.code, {
    message: `a release cannot be made on a branch of its own: ${reason.message}`,
    hint: `give the right to make branches, and Nessie an Iceberg REST endpoint; ${OTHER_WAYS}, then release.views.policy: warn`,
    cause: reason,
  });

export function unsealable(refused: readonly Named[], denied: ReadonlySet<string>): PipelineError {
  const views = few(
    refused.map(({ view, what }) => `${view} ${what}`),
    3,
  );
  const message = `no release can be made of ${count(refused.length, "view")}: ${views}`;
  return refused.every(({ view }) => denied.has(view))
    ? new PipelineError("PERMISSION_DENIED", {
        message,
        hint: "a sealed view reads names such as t#<commit>, with the rights of its owner unless trino.run-as-owner is unset: Trino's rules have to allow both for these names",
      })
    : new PipelineError("VIEWS_UNSEALABLE", {
        message,
        hint: "mend or drop them; catalogs that may stay live are listed in release.views.allow_catalogs",
      });
}

/** Of the policy to refuse what would leak. */
export const leaks = (views: readonly string[]): PipelineError =>
  new PipelineError("VIEWS_UNSEALABLE", {
    message: `${count(views.length, "view")} would read live main whatever readers' tag says: ${few(views, 3)}`,
    hint: `release.views.policy: seal puts views to the release; ${OTHER_WAYS}`,
  });
