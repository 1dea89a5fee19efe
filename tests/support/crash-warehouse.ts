import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import type { Envelope } from "../../src/report/envelope.js";
import type { CrashMoment } from "./crash-points.mjs";
import { hashOf } from "./warehouse.js";

const root = join(import.meta.dirname, "../..");

/** Who dies, and when: just before or just after the effect, as crash-points.mjs names it. */
export interface Crash {
  readonly when: CrashMoment;
  readonly effect: string;
  readonly victim: "cli" | "bridge" | "both";
}

/** Of a command that takes up what the first crash has left. */
export interface SecondCrash extends Crash {
  /** In the same command again, or in the one that says what a person has decided. */
  readonly within: "run" | "resume";
  /** The moment may be missed; then nothing but the first crash has disturbed the restatement. */
  readonly mayNotCome?: boolean;
}

export interface CrashRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** `--json`; null when the process died before it printed anything. */
  readonly json: Envelope | null;
  /**
   * `before <effect>` and `after <effect>`, of the command line and its bridge, as they were reached. A bridge that
   * has lost its command line reaches some more.
   */
  effects(): Promise<readonly string[]>;
}

export interface RunOptions {
  readonly crash?: Crash | undefined;
  /** `steps@2025-01-05=10`: this batch takes ten seconds in Trino. */
  readonly slow?: string | undefined;
  /** Of this run only. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export interface Retried {
  /** The one that was done. */
  readonly last: CrashRun;
  /** The one that was to die. */
  readonly second: CrashRun | null;
  readonly all: readonly (CrashRun & { readonly command: string })[];
  /** Models that a person had to have rebuilt, as often as that was. */
  readonly rebuilt: readonly string[];
}

const MODELS = "tests/crash/project";

/**
 * The crash warehouse on the test run's stack, built once. Every case starts from the same state of SQLMesh, on the same
 * tables: a restatement of everything writes them all anew, and marks each row with the number of its case.
 */
export class CrashWarehouse {
  private cases = 1;

  private constructor(
    readonly schema: string,
    private readonly folder: string,
  ) {}

  /** @param schema of its models, its own on the stack. */
  static async build(schema: string): Promise<CrashWarehouse> {
    const warehouse = new CrashWarehouse(schema, await mkdtemp(join(tmpdir(), "oso-pipeline-crash-")));
    const first = await warehouse.case();
    await first.succeed(["run"]);
    await copyFile(join(first.folder, "state.db"), join(warehouse.folder, "state.db"));
    return warehouse;
  }

  /** @param settings of the configuration, beside what every case has */
  async case(settings: CaseSettings = {}): Promise<CrashCase> {
    const mark = this.cases++;
    const folder = join(this.folder, String(mark));
    await mkdir(folder);
    if (mark > 1) await copyFile(join(this.folder, "state.db"), join(folder, "state.db"));
    const { trinoUrl, nessieUri, python } = inject("stack");
    const trino = new URL(trinoUrl);
    // Names of its own, and such that an effect on them is called the same in every case.
    const own = randomBytes(8).toString("hex");
    const stateBranch = `${this.schema}-state-${own}`;
    const consumerTag = settings.consumerTag ?? `${this.schema}-consumer-${own}`;
    await writeFile(
      join(folder, "oso-pipeline.yaml"),
      JSON.stringify({
        sqlmesh: { project: join(root, MODELS), python },
        trino: { url: trinoUrl, user: "crash" },
        nessie: { uri: nessieUri, consumer_tag: consumerTag },
        state: { branch: stateBranch },
        ...settings.sections,
      }),
    );
    return new CrashCase(
      { folder, mark, schema: this.schema, stateBranch, consumerTag },
      {
        CRASH_TRINO_HOST: trino.hostname,
        CRASH_TRINO_PORT: trino.port,
        CRASH_SCHEMA: this.schema,
        CRASH_MARK: String(mark),
        CRASH_STATE: join(folder, "state.db"),
        CRASH_CACHE: join(this.folder, "cache"),
        MAX_FORK_WORKERS: "1",
        PYTHONPATH: join(root, "tests/crash/bridge"),
      },
    );
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

export interface CaseSettings {
  /** Of its own where none is given. */
  readonly consumerTag?: string;
  readonly sections?: Readonly<Record<string, unknown>>;
}

interface CaseFacts {
  readonly folder: string;
  readonly mark: number;
  readonly schema: string;
  readonly stateBranch: string;
  readonly consumerTag: string;
}

/** One crash and what comes after it. */
export class CrashCase {
  private runs = 0;

  constructor(
    private readonly facts: CaseFacts,
    /** What its configuration and its models read, beside the environment of the tests themselves. */
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  get schema(): string {
    return this.facts.schema;
  }

  get stateBranch(): string {
    return this.facts.stateBranch;
  }

  get folder(): string {
    return this.facts.folder;
  }

  get mark(): number {
    return this.facts.mark;
  }

  /** What every case does: restate the whole warehouse, once, however often it is said. */
  get restate(): readonly string[] {
    return ["run", "--restate", `${this.facts.schema}.events`, "--yes", "--run-key", `case-${this.mark}`];
  }

  async run(args: readonly string[], { crash, slow = "", environment }: RunOptions = {}): Promise<CrashRun> {
    const effectsFile = join(this.folder, `effects-${++this.runs}`);
    await writeFile(effectsFile, "");
    const child = spawn(process.execPath, [join(root, "tests/support/crash-cli.mjs"), ...args, "--json"], {
      cwd: this.folder,
      env: {
        ...process.env,
        ...this.environment,
        ...environment,
        NO_COLOR: "1",
        CRASH_SLOW: slow,
        CRASH_EFFECTS: effectsFile,
        CRASH_AT: crash ? JSON.stringify(crash) : "",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, name) => resolve([code, name]));
      },
    );
    return {
      exitCode,
      signal,
      stderr,
      json: stdout === "" ? null : (JSON.parse(stdout) as Envelope),
      effects: async () => (await readFile(effectsFile, "utf8")).split("\n").filter(Boolean),
    };
  }

  /** @throws Error with everything printed when it fails. */
  async succeed(args: readonly string[]): Promise<CrashRun> {
    const run = await this.run(args);
    if (run.exitCode !== 0) throw new Error(`${args.join(" ")} ${told(run)}`);
    return run;
  }

  /** Its result. */
  async ask<R>(args: readonly string[]): Promise<R> {
    return (await this.succeed(args)).json?.result as R;
  }

  /**
   * The same command again until it is done, as an operator would: at most four times, and saying what has become of
   * a batch where the tool asks for it. The first of the commands that `crash` is meant for dies there.
   */
  async retry(crash?: SecondCrash): Promise<Retried> {
    const rebuilt: string[] = [];
    const all: (CrashRun & { readonly command: string })[] = [];
    let args = this.restate;
    let second: CrashRun | null = null;
    while (all.length < 4) {
      const [command = ""] = args;
      const dies: boolean = second === null && command === crash?.within;
      const last: CrashRun & { command: string } = {
        ...(await this.run(args, dies ? { crash } : {})),
        command,
      };
      all.push(last);
      if (dies) second = last;
      if (last.exitCode === 0) return { last, second, all, rebuilt };
      const hint = last.json?.error?.hint ?? "";
      const models = [...hint.matchAll(/--rebuild ([\w.]+)/g)].map(([, model = ""]) => model);
      if (last.json?.error?.code === "RUN_UNDECIDED" && models.length > 0) {
        rebuilt.push(...models.map((model) => model.replace(`${this.facts.schema}.`, "")));
        const id = /resume (\S+)/.exec(hint)?.[1] ?? "";
        args = ["resume", id, ...models.flatMap((model) => ["--rebuild", model]), "--yes"];
      } else args = this.restate;
    }
    throw new Error(`not done after four attempts\n${all.map(told).join("\n")}`);
  }

  /** Takes production's record out of SQLMesh's state, as dying between its removal and its renewal does. */
  async loseEnvironment(): Promise<void> {
    const statement = "DELETE FROM sqlmesh._environments WHERE name = 'prod'";
    const program = `import duckdb, sys; duckdb.connect(sys.argv[1]).execute(${JSON.stringify(statement)})`;
    await promisify(execFile)(inject("stack").python, ["-c", program, join(this.folder, "state.db")]);
  }

  /** Lets readers' tag stand somewhere, for otherwise nothing can be refused to it. */
  async publishSomething(): Promise<void> {
    const reply = await fetch(`${inject("stack").nessieUri}/trees?name=${this.facts.consumerTag}&type=TAG`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "BRANCH", name: "main", hash: await hashOf("main") }),
    });
    if (!reply.ok) throw new Error(`Nessie made no tag: ${reply.status} ${await reply.text()}`);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

const told = ({ exitCode, signal, json, stderr }: CrashRun): string =>
  `ended with ${exitCode ?? signal}\n${JSON.stringify(json?.error)}\n${stderr}`;
