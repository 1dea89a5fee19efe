import type { ModelFailure } from "../core/events.js";

/** Trino, as a seed is taken from it. */
export interface SeedSource {
  /** @throws PipelineError QUERY_FAILED with Trino's own message, SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, TIMEOUT */
  query(sql: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Rows>;
}

export interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly bytesRead?: number | undefined;
}

/** A file of the SQLMesh project; its path is relative to the project, with `/`. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** The files of the SQLMesh project. */
export interface ProjectFiles {
  /** Models, macros and audits, as far as they are text that SQLMesh reads. */
  definitions(): Promise<readonly ProjectFile[]>;
  exists(path: string): Promise<boolean>;
  /**
   * Puts all of them into the project, or none; what dies in the middle is completed by `complete`.
   * @throws PipelineError CONFLICT when one is there already and none may be replaced
   */
  place(name: string, files: readonly ProjectFile[], replace: boolean): Promise<void>;
  /** Completes what a process that died was putting there. Gives the paths. */
  complete(): Promise<readonly string[]>;
  /** Keeps masks the same from one seed to the next. @param keep whether one that is not there yet is made for good */
  maskKey(keep: boolean): Promise<string>;
  /** Of where the key is, for people. */
  readonly maskKeyPath: string;
}

/** SQLMesh, as a seed is tried on it. */
export interface Workbench {
  /**
   * Builds these models, with what is not built of what they read, in a development environment. Production is not touched.
   * @throws PipelineError PROJECT_INVALID when the project does not load, LEASE_HELD
   */
  build(models: readonly string[], environment: string): Promise<Built>;
}

export interface Built {
  readonly failures: readonly ModelFailure[];
  readonly skipped: readonly string[];
  /** The physical table of each model, `schema.table`; empty where all was built before. */
  readonly tables: ReadonlyMap<string, string>;
  readonly sqlmeshVersion: string;
}
