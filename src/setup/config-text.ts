import { count } from "../core/words.js";
import type { SurveyedModel } from "./ports.js";
import { type ProposedCheck, proposeChecks } from "./propose-checks.js";
import { nessieSecret, type SecretPlace, type Settings, trinoSecret, variableOf } from "./settings.js";

/** `oso-pipeline.yaml` with what each section is for. The same settings give the same text. */
export function configText(settings: Settings): string {
  const checks = settings.withChecks ? proposeChecks(settings.models) : [];
  return [
    "# Written by `oso-pipeline init`; yours to change. All keys: docs/configuration.md.",
    "# `oso-pipeline config validate` checks it, `oso-pipeline config schema` prints a schema for editors.",
    "",
    ...sqlmesh(settings),
    "",
    ...trino(settings),
    "",
    ...nessie(settings),
    "",
    ...approval(settings),
    "",
    "# Runs, journals and the lease are remembered on a branch of Nessie, so that any machine can go on with a run.",
    "state:",
    "  store: nessie",
    "",
    ...verification(settings, checks),
    "",
  ].join("\n");
}

function sqlmesh({ project, gateway, python, models }: Settings): string[] {
  const categories = categoriesOf(models);
  return [
    "sqlmesh:",
    `  project: ${scalar(project)}`,
    ...(gateway === null ? [] : [`  gateway: ${scalar(gateway)}`]),
    ...(python === null
      ? ["  # python: .venv/bin/python", "  # Without it: the python of the active virtual environment."]
      : [`  python: ${scalar(python)}`]),
    ...(categories.length === 0
      ? []
      : [
          `  # Entity categories: ${categories.map(([name, models_]) => `${name} (${count(models_, "model")})`).join(", ")}.`,
          `  # One of them is restated by \`oso-pipeline run --restate-category ${categories[0]?.[0] ?? ""}\`.`,
        ]),
  ];
}

function trino({ trino: { url, user, tls, producer, consumer, ...rest } }: Settings): string[] {
  const secret = trinoSecret({ url, user, tls, producer, consumer, ...rest });
  const files = (["ca", "cert", "key"] as const).flatMap((key) =>
    tls[key] === null ? [] : [`    ${key}: ${scalar(tls[key])}`],
  );
  const insecure = tls.insecure ? ["    insecure: true # as SQLMesh's `verify: false`"] : [];
  return [
    "trino:",
    `  url: ${scalar(url)}`,
    `  user: ${scalar(user)}`,
    ...(secret === null ? [] : auth(rest.auth, secret)),
    ...(files.length + insecure.length === 0 ? [] : ["  tls:", ...files, ...insecure]),
    "  catalogs:",
    `    producer: ${scalar(producer)} # shows the branch that SQLMesh writes to`,
    `    consumer: ${scalar(consumer)} # shows the tag that readers see: docs/consumer-tag.md`,
  ];
}

function nessie({ nessie: { uri, branch, consumerTag, auth: type } }: Settings): string[] {
  const secret = nessieSecret({ uri, branch, consumerTag, auth: type });
  return [
    "nessie:",
    `  uri: ${scalar(uri)}`,
    `  branch: ${scalar(branch)}`,
    `  consumer_tag: ${scalar(consumerTag)}`,
    ...(secret === null ? [] : auth(type, secret)),
  ];
}

const auth = (type: string, secret: SecretPlace): string[] => [
  "  auth:",
  `    type: ${type}`,
  `    ${secret.key}: { group: ${secret.group}, key: ${secret.key} } # ${variableOf(secret)}`,
];

const approval = ({ approval: policy }: Settings): string[] => [
  "# Who has to agree before prod is restated: none; prompt, who types the command; required, an `approve` of its own.",
  "approval:",
  `  policy: ${policy}`,
];

function verification({ models, withChecks }: Settings, checks: readonly ProposedCheck[]): string[] {
  const audited = models.filter(({ audits }) => audits.length > 0);
  const audits = audited.reduce((sum, model) => sum + model.audits.length, 0);
  const own =
    audits === 0
      ? []
      : [
          `# SQLMesh's own audits, ${audits} on ${count(audited.length, "model")}, look at each batch as it is written. What follows`,
          "# looks at whole tables as they would be published.",
        ];
  const head = [
    "# What must hold of main before readers see it; docs/verification.md has all kinds of checks.",
    ...own,
  ];
  if (checks.length === 0) {
    const why = withChecks
      ? "  # The models say nothing that could be checked. For example:"
      : "  # For example:";
    return [
      ...head,
      "verification:",
      why,
      "  # checks:",
      "  #   - check: unique",
      "  #     select: schema.model",
      "  #     columns: id",
      "  checks: []",
    ];
  }
  return [
    ...head,
    "verification:",
    "  checks:",
    ...checks.flatMap((check, index) => checkText(check, checks[index - 1])),
  ];
}

const titles: Readonly<Record<ProposedCheck["check"], string>> = {
  row_count: "None of these is empty.",
  unique: "Keys, by grain, unique key or audit.",
  not_null: "What is never null.",
  accepted_values: "Values that audits allow.",
  freshness: "By time column and cadence: one run may be missed.",
};

function checkText(check: ProposedCheck, before: ProposedCheck | undefined): string[] {
  const isReference = check.check === "not_null" && check.severity === "warn";
  const isFirst = before?.check !== check.check || before.severity !== check.severity;
  const title = isReference ? "References: told, for a reference may be empty." : titles[check.check];
  return [
    ...(isFirst ? [`    # ${title}`] : []),
    `    - check: ${check.check}`,
    ...(check.select.length > 0 ? [`      select: ${oneOrMore(check.select)}`] : []),
    ...(check.category.length > 0 ? [`      category: ${oneOrMore(check.category)}`] : []),
    ...Object.entries(check.settings).map(([key, value]) => `      ${key}: ${written(key, value)}`),
    ...(check.severity === "warn" ? ["      severity: warn"] : []),
  ];
}

function written(key: string, value: ProposedCheck["settings"][string]): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return scalar(value);
  return key === "columns" ? oneOrMore(value) : flow(value);
}

const oneOrMore = (values: readonly (string | number)[]): string =>
  values.length === 1 && values[0] !== undefined ? each(values[0]) : flow(values);

const each = (value: string | number): string => (typeof value === "number" ? String(value) : scalar(value));

const LINE = 110;

/** `[a, b]`, over several lines where it is long. */
function flow(values: readonly (string | number)[]): string {
  const inOne = `[${values.map(each).join(", ")}]`;
  if (inOne.length <= LINE) return inOne;
  const items = values.map((value) => `          ${each(value)},`);
  return ["", "        [", ...items, "        ]"].join("\n");
}

/** Text as YAML reads it back: bare where that is certain, else in double quotes, as JSON, which YAML contains. */
export function scalar(text: string): string {
  const isBare = /^[A-Za-z_./~][\w./:@~+-]*$/.test(text) && !text.endsWith(":");
  const isWord = /^(?:true|false|yes|no|on|off|null|~|y|n)$/i.test(text);
  const isDuration = /^\d+[hd]$/.test(text);
  return (isBare && !isWord) || isDuration ? text : JSON.stringify(text);
}

/** Categories with how many models each has, in the order of the alphabet. */
export function categoriesOf(models: readonly SurveyedModel[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const category of models.flatMap(({ categories }) => categories))
    counts.set(category, (counts.get(category) ?? 0) + 1);
  return [...counts].toSorted(([a], [b]) => a.localeCompare(b));
}
