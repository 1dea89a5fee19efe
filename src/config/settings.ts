import { childrenOf, alternatives, jsonSchemaOf, type SchemaNode } from "./keys.js";
import type { LoadedConfig } from "./load.js";
import type { Origin } from "./parse.js";
import { dotted, type Path, valueAt } from "./path.js";
import { fileSchema } from "./schema.js";

/** One setting as it is in force, for `config show`. */
export interface Setting {
  /** `trino.url`, `verification.checks[0]` */
  readonly setting: string;
  /** In the file's words; null where nothing is set and there is no default, `***` for a secret. */
  readonly value: unknown;
  /** The variable a secret comes from, and whether it is set; null for what is no secret. */
  readonly secret: { readonly variable: string; readonly isSet: boolean } | null;
  readonly origin: Origin;
}

/** All settings in the order of the schema, the checks one by one. Of `auth`, those of the type in force. */
export function settingsOf(loaded: LoadedConfig): Setting[] {
  const schema = jsonSchemaOf(fileSchema);
  // Defaults that depend on other settings or the machine.
  const { sqlmesh, nessie } = loaded.config;
  const derived: Readonly<Record<string, string>> = {
    "sqlmesh.python": sqlmesh.python,
    "nessie.iceberg_uri": nessie.icebergUri,
  };
  const secrets = new Map(loaded.secrets.map((secret) => [secret.setting, secret]));

  const below = (node: SchemaNode, path: readonly string[]): Setting[] => {
    const value = valueAt(loaded.content, path);
    const secret = secrets.get(dotted(path));
    if (secret) {
      const { variable, isSet } = secret;
      return [{ ...setting(path, "***"), secret: { variable, isSet } }];
    }
    const branch = alternatives(node, schema).find((alternative) => isInForce(alternative, value));
    if (branch?.properties) return childrenOf(branch).flatMap(([key, child]) => below(child, [...path, key]));
    if (dotted(path) === "verification.checks" && Array.isArray(value) && value.length > 0) {
      return value.map((check, index) => setting([...path, index], check));
    }
    return [setting(path, value)];
  };
  const setting = (path: Path, value: unknown): Setting => ({
    setting: dotted(path),
    value: printable(value) ?? derived[dotted(path)] ?? null,
    secret: null,
    origin: loaded.originOf(path),
  });

  return below(schema, []);
}

/** A branch with a fixed `type` is in force when that is the value's. */
const isInForce = (branch: SchemaNode, value: unknown): boolean =>
  childrenOf(branch).every(([key, { const: only }]) => only === undefined || valueAt(value, [key]) === only);

/** JSON has no bigint: its digits as text. */
function printable(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, printable(inner)]));
}
