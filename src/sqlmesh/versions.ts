import { PipelineError } from "../core/errors.js";
import type { Hello } from "./protocol.js";

/** The oldest SQLMesh whose console and plans the bridge understands; a matrix test holds the range. */
export const OLDEST_SUPPORTED = "0.200.0";

/** From here on a restatement keeps what is stored until it is replaced (facts: before, it cleared prod's state first). */
export const RESTATES_SINCE = "0.218.0";

export interface BridgeVersions {
  readonly sqlmesh: string;
  readonly sqlglot: string | null;
  readonly python: string;
  /** Path of the interpreter. */
  readonly executable: string;
}

/** @throws PipelineError REQUIREMENT_MISSING without SQLMesh, VERSION_UNSUPPORTED with one that is too old. */
export function supportedVersions(said: Hello, python: string): BridgeVersions {
  if (said.sqlmesh === null) {
    throw new PipelineError("REQUIREMENT_MISSING", {
      message: `SQLMesh is not installed for ${python}`,
      hint: "set sqlmesh.python to the interpreter of the environment that your SQLMesh project uses",
      where: said.executable,
    });
  }
  requireVersion(said.sqlmesh, OLDEST_SUPPORTED, "this tool", python);
  return { sqlmesh: said.sqlmesh, sqlglot: said.sqlglot, python: said.python, executable: said.executable };
}

/** @throws PipelineError VERSION_UNSUPPORTED below 0.218. */
export function requireRestating(versions: BridgeVersions, python: string): void {
  requireVersion(versions.sqlmesh, RESTATES_SINCE, "restating", python);
}

function requireVersion(found: string, oldest: string, purpose: string, python: string): void {
  if (!isOlder(found, oldest)) return;
  throw new PipelineError("VERSION_UNSUPPORTED", {
    message: `${purpose} needs SQLMesh ${oldest} or later, ${python} has ${found}`,
    hint: `upgrade it: ${python} -m pip install --upgrade "sqlmesh[trino]>=${oldest}", then \`sqlmesh migrate\``,
  });
}

/** Compares the release numbers only: a development build counts as the release it leads to. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [release(version), release(than)];
  for (const [index, number] of left.entries()) {
    const other = right[index] ?? 0;
    if (number !== other) return number < other;
  }
  return false;
}

const release = (version: string): number[] =>
  [0, 1, 2].map((index) => Number.parseInt(version.split(".")[index] ?? "0", 10) || 0);
