import type { ProjectVariable, Settings } from "./settings.js";
import { secretsOf, variableOf } from "./settings.js";

/** `.env.example`: the name of each variable and what it is for, never a value. */
export function environmentText(settings: Settings): string {
  const secrets = secretsOf(settings);
  const ofProject = settings.projectVariables;
  return [
    "# Copy to `.env` beside oso-pipeline.yaml, fill in, and keep it out of version control. The real environment wins.",
    "",
    ...secrets.flatMap((secret) => [`# ${secret.what}`, `${variableOf(secret)}=`, ""]),
    ...(ofProject.length === 0
      ? []
      : ["# What the configuration of the SQLMesh project reads.", ...ofProject.map(line), ""]),
    "# Any setting of oso-pipeline.yaml: OSO_PIPELINE__ and its keys in capitals, two underscores between levels.",
    `# OSO_PIPELINE__TRINO__URL=${settings.trino.url}`,
    `# OSO_PIPELINE__NESSIE__URI=${settings.nessie.uri}`,
    "",
    "# Under this name you start runs and approve; without it, as login@host.",
    "# OSO_PIPELINE__APPROVAL__IDENTITY=alice",
    "",
  ].join("\n");
}

const line = ({ name, hasDefault }: ProjectVariable): string => (hasDefault ? `# ${name}=` : `${name}=`);

const READS = [
  /env_var\(\s*(["'])(\w+)\1\s*(,)?/g,
  /os\.getenv\(\s*(["'])(\w+)\1\s*(,)?/g,
  /os\.environ\.get\(\s*(["'])(\w+)\1\s*(,)?/g,
  /os\.environ\[\s*(["'])(\w+)\1\s*\]/g,
];

/** Variables that SQLMesh's configuration names, in the order of the alphabet. */
export function variablesIn(text: string): readonly ProjectVariable[] {
  const found = new Map<string, boolean>();
  for (const match of READS.flatMap((pattern) => [...text.matchAll(pattern)])) {
    const [, , name = "", comma] = match;
    found.set(name, (found.get(name) ?? true) && comma !== undefined);
  }
  return [...found]
    .map(([name, hasDefault]) => ({ name, hasDefault }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
