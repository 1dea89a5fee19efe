import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../docs/output.schema.json"), "utf8"),
) as { readonly $defs: Readonly<Record<string, object>> };

// What the types do not say, dates above all, is not said in the schema either.
const ajv = new Ajv({ strict: false }).addSchema(schema, "output");

/** The commands that the schema knows. */
export const describedCommands: readonly string[] = Object.keys(schema.$defs)
  .filter((name) => name.startsWith("output of "))
  .map((name) => name.slice("output of ".length));

function problems(definition: string, value: unknown): readonly string[] {
  const validate = ajv.getSchema(`output#/$defs/${encodeURIComponent(definition)}`);
  if (validate === undefined) return [`there is no ${definition} in the schema`];
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** What the schema finds wrong with what `--json` has printed; nothing where all is well. */
export const problemsOfOutput = (output: { readonly command: string }): readonly string[] =>
  problems(`output of ${output.command}`, output);

/** The same of one line of `--output ndjson`. */
export function problemsOfLine(line: Readonly<Record<string, unknown>>): readonly string[] {
  return line["type"] === "result"
    ? [...problems("LineHead", line), ...problemsOfOutput(line as { readonly command: string } & typeof line)]
    : problems("EventLine", line);
}
