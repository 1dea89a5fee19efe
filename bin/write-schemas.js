// Writes docs/output.schema.json: what `--json` and `--output ndjson` print, made from the types that the commands give.
import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { createGenerator } from "ts-json-schema-generator";

const root = new URL("..", import.meta.url);
const file = new URL("docs/output.schema.json", root);

const made = createGenerator({
  path: new URL("src/cli/results.ts", root).pathname,
  tsconfig: new URL("tsconfig.json", root).pathname,
  type: "Output",
  // Later releases may add fields, and readers of an older schema should bear them.
  additionalProperties: true,
  expose: "export",
  jsDoc: "extended",
  skipTypeCheck: true,
}).createSchema("Output");

const definitions = JSON.parse(JSON.stringify(made.definitions).replaceAll("#/definitions/", "#/$defs/"));
const { CommandResults: results, Output: output, ...others } = definitions;
const { event, error, notification } = output.properties;

const envelope = (command, result) => ({
  type: "object",
  properties: {
    version: { const: 1 },
    command: { const: command },
    exitCode: { type: "integer" },
    error: { anyOf: [error, { type: "null" }] },
    result: { anyOf: [result, { type: "null" }] },
    notifications: { type: "array", items: notification },
  },
  required: ["version", "command", "exitCode", "error", "result"],
});
const envelopes = Object.fromEntries(
  Object.entries(results.properties).map(([command, result]) => [
    `output of ${command}`,
    envelope(command, result),
  ]),
);
const whole = {
  anyOf: Object.keys(envelopes).map((name) => ({ $ref: `#/$defs/${name.replaceAll(" ", "%20")}` })),
};
const schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "oso-pipeline output",
  description:
    "What --json prints, once; and each line of --output ndjson, of which the last has the type `result`.",
  anyOf: [{ $ref: "#/$defs/json" }, { $ref: "#/$defs/line" }],
  $defs: {
    json: whole,
    line: {
      anyOf: [
        event,
        {
          allOf: [
            { $ref: "#/$defs/LineHead" },
            { type: "object", properties: { type: { const: "result" } }, required: ["type"] },
            { $ref: "#/$defs/json" },
          ],
        },
      ],
    },
    ...envelopes,
    ...others,
  },
};
const text = await format(JSON.stringify(schema), {
  ...(await resolveConfig(file.pathname)),
  parser: "json",
});
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    process.stderr.write("docs/output.schema.json is not what the types say: npm run schemas\n");
    process.exitCode = 1;
  }
} else writeFileSync(file, text);
