import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FinishedBatch, ModelFailure, Report } from "../core/events.js";
import { PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { Model } from "../core/model.js";
import type {
  Evaluation,
  EvaluationPlan,
  LoadedProject,
  ModelCoverage,
  ModelRange,
  PlanRequest,
  QueryMark,
  Selection,
  TransformationEngine,
} from "../restatement/ports.js";
import type { QueryReading, SqlReader, SqlUnreadable } from "../core/view-text.js";
import type { Gateway, SurveyedModel, Surveyor } from "../setup/ports.js";
import type { ModelDirectory } from "../verification/ports.js";
import { Connection } from "./connection.js";
import {
  type BridgeEvent,
  coverage,
  done,
  evaluated,
  gateways,
  hello,
  loaded,
  plan,
  PROTOCOL_VERSION,
  queryReadings,
  selections,
  storedRanges,
  surveyedModels,
} from "./protocol.js";
import { fromRange, toCoverage, toModel, toPipelineEvent, toPlan, toRange } from "./translate.js";
import { toGateway, toSurveyedModel } from "./surveyed.js";
import { type BridgeVersions, requireRestating, supportedVersions } from "./versions.js";

export interface BridgeOptions {
  /** Interpreter of the environment that has SQLMesh: a path, or a name on the PATH. */
  readonly python: string;
  /** Absolute path of the SQLMesh project. */
  readonly project: string;
  /** SQLMesh's default gateway when absent. */
  readonly gateway?: string | undefined;
  /** What SQLMesh's configuration may read; `process.env` when absent. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Takes whatever SQLMesh and the models print. A file, or a folder for one file per process. */
  readonly log: { readonly file: string } | { readonly directory: string };
  readonly startupTimeoutMs?: number | undefined;
  readonly silenceTimeoutMs?: number | undefined;
  readonly graceMs?: number | undefined;
  /** Breaks off what is running, and ends the bridge. */
  readonly signal?: AbortSignal | undefined;
  /** Gets SQLMesh's warnings while it loads and plans; `apply` and `runDue` are given their own. */
  readonly report?: Report | undefined;
  /** Gets the names of a project once it is loaded. */
  readonly onLoaded?: ((project: Pick<LoadedProject, "models">) => void) | undefined;
  /** The bridge's folder; another one in tests. */
  readonly program?: string | undefined;
}

const BRIDGE = fileURLToPath(new URL("bridge", import.meta.url));

/** The bridge of `options.project`. Its process starts with the first request. */
export const startBridge = (options: BridgeOptions): SqlMeshClient => new SqlMeshClient(options);

interface Session {
  readonly connection: Connection;
  readonly versions: BridgeVersions;
}

export class SqlMeshClient implements TransformationEngine, SqlReader, ModelDirectory, Surveyor {
  /** Where whatever SQLMesh and the models print goes. */
  readonly logFile: string;
  private connection: Connection | null = null;
  private session: Promise<Session> | null = null;
  private project: Promise<LoadedProject> | null = null;
  private isClosed = false;
  /** Of a permit that came before there was a process; on the wall clock, in milliseconds. */
  private permittedUntil: number | null = null;

  constructor(private readonly options: BridgeOptions) {
    this.logFile =
      "file" in options.log ? options.log.file : join(options.log.directory, logName(new Date()));
  }

  /** Starts the bridge without loading the project. */
  async versions(): Promise<BridgeVersions> {
    return (await this.started()).versions;
  }

  load(): Promise<LoadedProject> {
    this.project ??= this.loadOnce();
    return this.project;
  }

  async models(): Promise<readonly Model[]> {
    return (await this.load()).models;
  }

  async select(selectors: readonly string[]): Promise<readonly Selection[]> {
    const { connection } = await this.withProject();
    return connection.call({ method: "select", params: { selectors }, answer: selections });
  }

  async plan(request: PlanRequest): Promise<EvaluationPlan> {
    const { connection, versions } = await this.started();
    if (request.restate.length > 0) requireRestating(versions, this.options.python);
    await this.load();
    const { skipTests, allowDestructive, executionTime, onlyModels, ...same } = request;
    const params = {
      ...same,
      skip_tests: skipTests,
      allow_destructive: allowDestructive,
      execution_time: executionTime,
      ...(onlyModels === undefined ? {} : { only_models: onlyModels }),
    };
    return toPlan(await connection.call({ method: "plan", params, answer: plan, onEvent: this.onNotice }));
  }

  async narrow(planId: string, left: readonly ModelRange[]): Promise<EvaluationPlan> {
    const connection = await this.restating();
    const params = { plan_id: planId, left: left.map(fromRange) };
    return toPlan(await connection.call({ method: "narrow", params, answer: plan, onEvent: this.onNotice }));
  }

  async stored(planId: string, since: number): Promise<readonly ModelRange[]> {
    const connection = await this.restating();
    const params = { plan_id: planId, since };
    const found = await connection.call({ method: "stored", params, answer: storedRanges });
    return found.map(toRange);
  }

  async acceptAsWritten(planId: string, written: readonly ModelRange[]): Promise<void> {
    const connection = await this.restating();
    const params = { plan_id: planId, written: written.map(fromRange) };
    await connection.call({ method: "accept_as_written", params, answer: done });
  }

  async coverage(environment: string): Promise<readonly ModelCoverage[]> {
    const { connection } = await this.withProject();
    const found = await connection.call({ method: "coverage", params: { environment }, answer: coverage });
    return found.map(toCoverage);
  }

  async mark({ source, clientTags }: QueryMark): Promise<void> {
    const { connection } = await this.started();
    await connection.call({ method: "mark", params: { source, client_tags: clientTags }, answer: done });
  }

  permit(milliseconds: number): void {
    this.permittedUntil = Date.now() + milliseconds;
    this.connection?.permit(milliseconds);
  }

  apply(planId: string, report: Report): Promise<Evaluation> {
    return this.evaluate("apply", { plan_id: planId }, report);
  }

  runDue(request: { environment: string }, report: Report): Promise<Evaluation> {
    return this.evaluate("run", { environment: request.environment }, report);
  }

  /** What queries read, without loading the project. */
  async read(statements: readonly string[]): Promise<readonly (QueryReading | SqlUnreadable)[]> {
    const { connection } = await this.started();
    return connection.call({ method: "table_references", params: { statements }, answer: queryReadings });
  }

  async gateways(): Promise<readonly Gateway[]> {
    const { connection } = await this.started();
    const params = { path: this.options.project };
    return (await connection.call({ method: "gateways", params, answer: gateways })).map(toGateway);
  }

  async survey(gateway: string | null): Promise<readonly SurveyedModel[]> {
    const { connection } = await this.started();
    const params = { path: this.options.project, gateway };
    return (await connection.call({ method: "survey", params, answer: surveyedModels })).map(toSurveyedModel);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.connection?.close();
  }

  private async loadOnce(): Promise<LoadedProject> {
    const { connection, versions } = await this.started();
    const project = await connection.call({
      method: "load",
      params: { path: this.options.project, gateway: this.options.gateway ?? null },
      answer: loaded,
      onEvent: this.onNotice,
    });
    const models = project.models.map(toModel);
    this.options.onLoaded?.({ models });
    return {
      sqlmeshVersion: versions.sqlmesh,
      pythonVersion: versions.python,
      project: project.project,
      gateway: project.gateway,
      trinoUser: project.trino_user,
      models,
      environments: project.environments,
      logFile: this.logFile,
    };
  }

  private async withProject(): Promise<Session> {
    await this.load();
    return this.started();
  }

  private async restating(): Promise<Connection> {
    const { connection, versions } = await this.started();
    requireRestating(versions, this.options.python);
    return connection;
  }

  private async evaluate(
    method: "apply" | "run",
    params: Record<string, unknown>,
    report: Report,
  ): Promise<Evaluation> {
    const { connection } = await this.withProject();
    const batches: FinishedBatch[] = [];
    const failures: ModelFailure[] = [];
    const skipped: string[] = [];
    const queries: string[] = [];
    const { status, replaced_meanwhile: replacedMeanwhile } = await connection.call({
      method,
      params,
      answer: evaluated,
      onEvent: (wire) => {
        if (wire.event === "statements") queries.push(...wire.queries);
        const event = toPipelineEvent(wire);
        if (event === null) return;
        if (event.type === "batch-finished") batches.push(event.batch);
        if (event.type === "model-failed") failures.push(event.failure);
        if (event.type === "model-skipped") skipped.push(event.model);
        report(event);
      },
    });
    return { status, batches, failures, skipped, replacedMeanwhile, queries };
  }

  private readonly onNotice = (wire: BridgeEvent): void => {
    const event = toPipelineEvent(wire);
    if (event?.type === "notice") this.options.report?.(event);
  };

  private started(): Promise<Session> {
    this.session ??= this.start();
    return this.session;
  }

  private async start(): Promise<Session> {
    const { options } = this;
    if (this.isClosed) {
      throw new PipelineError("BRIDGE_FAILED", {
        message: "the bridge to SQLMesh is closed",
        where: this.logFile,
      });
    }
    await requireProject(options.project);
    if (options.signal?.aborted) throw interruption(options.signal);
    const connection = new Connection({
      python: options.python,
      program: options.program ?? BRIDGE,
      workingDirectory: options.project,
      environment: environmentFor(options),
      logFile: this.logFile,
      silenceTimeoutMs: options.silenceTimeoutMs ?? 120_000,
      graceMs: options.graceMs ?? 10_000,
      signal: options.signal,
    });
    this.connection = connection;
    if (this.permittedUntil !== null) connection.permit(this.permittedUntil - Date.now());
    const said = await connection.call({
      method: "hello",
      params: { protocol: PROTOCOL_VERSION, heartbeat_seconds: connection.heartbeatSeconds },
      answer: hello,
      timeoutMs: options.startupTimeoutMs ?? 30_000,
    });
    if (said.protocol !== PROTOCOL_VERSION) {
      throw new PipelineError("BRIDGE_FAILED", {
        message: `the bridge to SQLMesh speaks protocol ${said.protocol}, this program ${PROTOCOL_VERSION}`,
        hint: "install oso-pipeline anew: its parts are of different versions",
      });
    }
    return { connection, versions: supportedVersions(said, options.python) };
  }
}

async function requireProject(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return;
  throw new PipelineError("PROJECT_INVALID", {
    message: `there is no SQLMesh project at ${path}`,
    hint: "set sqlmesh.project to the folder that holds SQLMesh's config.yaml or config.py",
  });
}

const environmentFor = ({ environment = process.env }: BridgeOptions): NodeJS.ProcessEnv => ({
  ...environment,
  PYTHONUNBUFFERED: "1",
  SQLMESH__DISABLE_ANONYMIZED_ANALYTICS: "true",
});

const logName = (now: Date): string =>
  `sqlmesh-${now.toISOString().replaceAll(/[:.]/g, "-")}-${process.pid}.log`;
