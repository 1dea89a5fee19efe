import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { PipelineError } from "../core/errors.js";
import { type Change, changeOf, differenceOf, differs, type Draft, type FileOutcome } from "./changes.js";
import { chooseGateway } from "./choose-gateway.js";
import { choosePlaces, pathIn, type Places, pythonSetting } from "./choose-project.js";
import { chooseNessie, chooseTrino } from "./choose-services.js";
import { configText } from "./config-text.js";
import { type ConnectionFinding, findingsOf, looking } from "./connections.js";
import { environmentText, variablesIn } from "./environment-text.js";
import { exists } from "./find-project.js";
import type { Ci, InitOptions, InitParts } from "./parts.js";
import type { Gateway, SurveyedModel, Surveyor } from "./ports.js";
import { proposeChecks } from "./propose-checks.js";
import type { ApprovalPolicy, Settings } from "./settings.js";
import { workflowText } from "./workflow-text.js";

/** What was found, written, and whether it works. */
export interface InitResult {
  /** Of oso-pipeline.yaml, relative to the working directory. */
  readonly folder: string;
  readonly found: {
    readonly project: string;
    readonly python: string;
    readonly sqlmesh: string;
    readonly gateway: string;
    /** Null where the project could not be loaded. */
    readonly models: number | null;
    readonly categories: readonly string[];
  };
  /** Checks that the models speak for. */
  readonly checks: number;
  readonly files: readonly FileOutcome[];
  readonly connections: readonly ConnectionFinding[];
  readonly notes: readonly string[];
  /** Nothing was written: by --dry-run, or by a no. */
  readonly dryRun: boolean;
}

interface Written {
  readonly files: readonly FileOutcome[];
  readonly isDry: boolean;
}

/** Proposes the files that a project needs, and writes those that are not there. */
export class Init {
  private readonly notes: string[] = [];

  constructor(private readonly parts: InitParts) {}

  /**
   * What is there already and differs is written over only where somebody says so, file by file.
   * @throws PipelineError USAGE that names the flag for what cannot be found out; INTERRUPTED, with nothing written.
   */
  async run(options: InitOptions): Promise<InitResult> {
    const { parts } = this;
    parts.report({ type: "phase", phase: "load", text: "Looking for the SQLMesh project" });
    const places = await choosePlaces(options, parts);
    const surveyor = await parts.surveyor(places.python, places.project);
    const { sqlmesh, python } = await withPythonHint(() => surveyor.versions());
    const gateway = await chooseGateway(options, parts, surveyor);
    const trino = await chooseTrino(options, parts, places, gateway, (text) => this.notes.push(text));
    const nessie = await chooseNessie(options, parts, places, trino);
    const models = await this.survey(surveyor, gateway);
    const settings: Settings = {
      project: pathIn(places.folder, places.project),
      gateway: gateway.name || null,
      python: pythonSetting(places, parts.environment["VIRTUAL_ENV"]),
      trino,
      nessie,
      approval: options.approval ?? (await this.askApproval()),
      models: models ?? [],
      withChecks: options.checks && models !== null,
      projectVariables: variablesIn(await readFile(places.projectFile, "utf8")),
    };
    const ci = options.ci ?? (await this.askCi(places));
    const drafts = await this.drafts(settings, places, ci, { sqlmesh, python });
    if (ci === "github") this.noteForCi(gateway, trino.url);
    const { files, isDry } = await this.write(drafts, options);
    return {
      folder: relative(parts.workingDirectory, places.folder) || ".",
      found: {
        project: settings.project,
        python: places.python,
        sqlmesh,
        gateway: gateway.name,
        models: models?.length ?? null,
        categories: [...new Set(settings.models.flatMap(({ categories }) => categories))].toSorted(),
      },
      checks: settings.withChecks ? proposeChecks(settings.models).length : 0,
      files,
      connections: await this.connections(settings, places),
      notes: this.notes,
      dryRun: isDry,
    };
  }

  /** A project that does not load yet can be set up all the same: only its checks are missing. */
  private async survey(surveyor: Surveyor, gateway: Gateway): Promise<readonly SurveyedModel[] | null> {
    this.parts.report({ type: "phase", phase: "load", text: "Loading the SQLMesh project" });
    const looked = await looking(() => surveyor.survey(gateway.name || null));
    if ("said" in looked) return looked.said;
    this.notes.push(
      `SQLMesh cannot load the project, so that no checks are proposed: ${looked.failure.message}`,
      "once it loads: `oso-pipeline init --force oso-pipeline.yaml`",
    );
    return null;
  }

  private askApproval(): ApprovalPolicy | Promise<ApprovalPolicy> {
    const { questions } = this.parts;
    if (questions === null) return "prompt";
    return questions.choice<ApprovalPolicy>("What does restating production need?", [
      { value: "prompt", label: "prompt", note: "a yes of whoever types the command" },
      { value: "required", label: "required", note: "an approval of its own, `oso-pipeline approve`" },
      { value: "none", label: "none", note: "nothing" },
    ]);
  }

  private async askCi({ repository }: Places): Promise<Ci> {
    const { questions } = this.parts;
    if (repository === null) return "none";
    if (questions === null) return "github";
    const wanted = await questions.confirm("Write a workflow for GitHub Actions that runs every week?", true);
    return wanted ? "github" : "none";
  }

  private noteForCi({ stateEngine }: Gateway, trinoUrl: string): void {
    if (stateEngine === "duckdb") {
      this.notes.push(
        "SQLMesh keeps its state in a DuckDB file, which the workflow's machine does not have: give the gateway a state_connection to Postgres before you use the workflow",
      );
    }
    if (/^(?:localhost|127\.|\[::1\])/.test(new URL(trinoUrl).hostname)) {
      this.notes.push("Trino is on this machine, which the workflow's machine cannot reach");
    }
  }

  private async drafts(
    settings: Settings,
    { folder, repository, project }: Places,
    ci: Ci,
    versions: { readonly sqlmesh: string; readonly python: string },
  ): Promise<readonly Draft[]> {
    const requirements = [join(folder, "requirements.txt"), join(project, "requirements.txt")];
    const listed = (await Promise.all(requirements.map(exists))).indexOf(true);
    const root = repository ?? folder;
    const workflow: Draft = {
      file: join(root, ".github", "workflows", "oso-pipeline.yml"),
      text: workflowText(settings, {
        folder: relative(root, folder) || ".",
        version: this.parts.version,
        pythonVersion: versions.python.split(".").slice(0, 2).join("."),
        sqlmeshVersion: versions.sqlmesh,
        requirements: requirements[listed] === undefined ? null : relative(folder, requirements[listed]),
      }),
    };
    // The configuration last: where it is, all the rest is.
    return [
      { file: join(folder, ".env.example"), text: environmentText(settings) },
      ...(ci === "github" ? [workflow] : []),
      ...(repository === null ? [] : [await ignored(join(folder, ".gitignore"))]),
      { file: join(folder, "oso-pipeline.yaml"), text: configText(settings) },
    ];
  }

  /** All is decided before anything is written. */
  private async write(drafts: readonly Draft[], options: InitOptions): Promise<Written> {
    const { workingDirectory, questions } = this.parts;
    let isDry = options.dryRun;
    const changes = await Promise.all(drafts.map((draft) => changeOf(draft, workingDirectory)));
    const forced = changes.filter((change) => options.force.some((name) => isNamed(change, name)));
    const unknown = options.force.find((name) => !changes.some((change) => isNamed(change, name)));
    if (unknown !== undefined) {
      throw new PipelineError("USAGE", {
        message: `init writes no ${unknown}`,
        hint: `--force takes ${changes.map(({ shown }) => shown).join(", ")}`,
      });
    }
    const replaced = new Set<Change>(forced.filter(differs));
    if (questions && !options.dryRun) {
      for (const change of changes.filter((one) => differs(one) && !replaced.has(one))) {
        questions.show(differenceOf(change));
        if (await questions.confirm(`Change ${change.shown} so?`, false)) replaced.add(change);
      }
      const due = changes.filter((change) => change.before === null || replaced.has(change));
      const names = due.map(({ shown }) => shown).join(", ");
      if (due.length > 0) isDry = !(await questions.confirm(`Write ${names}?`, true));
    }
    const files: FileOutcome[] = [];
    for (const change of changes) {
      const state = stateOf(change, replaced.has(change));
      if (!isDry && (state === "created" || state === "replaced"))
        await this.parts.write(change.file, change.text);
      const isShown = state === "kept" || (options.dryRun && state !== "unchanged");
      files.push({ file: change.shown, state, difference: isShown ? differenceOf(change) : null });
    }
    return { files, isDry };
  }

  private async connections(
    { trino, nessie }: Settings,
    { folder }: Places,
  ): Promise<readonly ConnectionFinding[]> {
    this.parts.report({ type: "phase", phase: "verify", text: "Asking Trino and Nessie" });
    const [atTrino, atNessie] = await Promise.all([
      looking(() => this.parts.trino(trino, folder)),
      looking(() => this.parts.nessie(nessie, folder)),
    ]);
    return findingsOf({ trino, nessie }, atTrino, atNessie);
  }
}

const stateOf = (change: Change, isReplaced: boolean): FileOutcome["state"] => {
  if (change.before === null) return "created";
  if (!differs(change)) return "unchanged";
  return isReplaced ? "replaced" : "kept";
};

const isNamed = ({ shown }: Change, name: string): boolean =>
  shown === name || basename(shown) === name || shown === relative(".", name);

/** `.gitignore` as it is, with what must not be committed. */
async function ignored(file: string): Promise<Draft> {
  const before = await readFile(file, "utf8").catch(() => "");
  const lines = new Set(before.split("\n").map((line) => line.trim().replace(/^\//, "")));
  const missing = [".env", ".oso-pipeline/"].filter(
    (entry) => !lines.has(entry) && !lines.has(entry.replace(/\/$/, "")),
  );
  const joined = before === "" || before.endsWith("\n") ? before : `${before}\n`;
  return { file, text: `${joined}${missing.map((entry) => `${entry}\n`).join("")}` };
}

async function withPythonHint<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof PipelineError) || thrown.code !== "REQUIREMENT_MISSING") throw thrown;
    throw new PipelineError(thrown.code, {
      message: thrown.message,
      hint: "name the interpreter of your SQLMesh environment with --python, e.g. --python .venv/bin/python",
      where: thrown.where,
      cause: thrown,
    });
  }
}
