import { scalar } from "./config-text.js";
import type { Settings } from "./settings.js";
import { secretsOf, variableOf } from "./settings.js";

/** What a CI job needs to know of the machine it is made on. */
export interface WorkflowFacts {
  /** Folder of the configuration, relative to the repository; `.` for its root. */
  readonly folder: string;
  /** Of this program. */
  readonly version: string;
  /** `3.11` */
  readonly pythonVersion: string;
  readonly sqlmeshVersion: string;
  /** The project's list of packages, relative to the configuration; null where there is none. */
  readonly requirements: string | null;
}

/** A workflow of GitHub Actions: once a week what is due is run, verified and published, one run at a time. */
export function workflowText(settings: Settings, facts: WorkflowFacts): string {
  const secrets = [
    ...secretsOf(settings).map(variableOf),
    ...settings.projectVariables.filter(({ hasDefault }) => !hasDefault).map(({ name }) => name),
  ];
  const environment = [
    // The path of another machine's interpreter means nothing there.
    ...(settings.python?.startsWith("/") ? ["          OSO_PIPELINE__SQLMESH__PYTHON: python3"] : []),
    ...secrets.map((name) => `          ${name}: \${{ secrets.${name} }}`),
  ];
  const at = facts.folder === "." ? [] : [`        working-directory: ${scalar(facts.folder)}`];
  const logs = facts.folder === "." ? ".oso-pipeline/logs" : `${facts.folder}/.oso-pipeline/logs`;
  return [
    "# Written by `oso-pipeline init`; yours to change.",
    "name: oso-pipeline",
    "",
    "on:",
    "  schedule:",
    '    - cron: "0 3 * * 1" # Mondays at 03:00 UTC',
    "  workflow_dispatch:",
    "",
    "# One run at a time, and none is broken off by the next: what dies is gone on with by the next run.",
    "concurrency:",
    "  group: oso-pipeline",
    "  cancel-in-progress: false",
    "",
    "permissions:",
    "  contents: read",
    "",
    "jobs:",
    "  run:",
    "    runs-on: ubuntu-latest",
    "    timeout-minutes: 360",
    "    steps:",
    "      - uses: actions/checkout@v4",
    "      - uses: actions/setup-node@v4",
    "        with:",
    "          node-version: 22",
    "      - uses: actions/setup-python@v5",
    "        with:",
    `          python-version: "${facts.pythonVersion}"`,
    "      - name: Install SQLMesh",
    ...at,
    `        run: ${installation(settings.python, facts)}`,
    "      - name: Run, verify, publish",
    ...at,
    `        run: npx --yes oso-pipeline@${facts.version} run --publish`,
    ...(environment.length === 0 ? [] : ["        env:", ...environment]),
    "      - uses: actions/upload-artifact@v4",
    "        if: failure()",
    "        with:",
    "          name: oso-pipeline-logs",
    `          path: ${scalar(logs)}`,
    "          if-no-files-found: ignore",
    "",
  ].join("\n");
}

function installation(python: string | null, { requirements, sqlmeshVersion }: WorkflowFacts): string {
  const packages = requirements === null ? `"sqlmesh[trino]==${sqlmeshVersion}"` : `-r ${requirements}`;
  const environment = python === null ? null : /^([^/].*)\/bin\/python[\d.]*$/.exec(python)?.[1];
  return environment === null || environment === undefined
    ? `python3 -m pip install ${packages}`
    : `python3 -m venv ${environment} && ${environment}/bin/python -m pip install ${packages}`;
}
