/** SQLMesh's model kinds, as SQLMesh spells them; a kind it adds later passes through as it is. */
export type ModelKind =
  | "SEED"
  | "FULL"
  | "VIEW"
  | "INCREMENTAL_BY_TIME_RANGE"
  | "INCREMENTAL_BY_UNIQUE_KEY"
  | "INCREMENTAL_BY_PARTITION"
  | "INCREMENTAL_UNMANAGED"
  | "SCD_TYPE_2_BY_TIME"
  | "SCD_TYPE_2_BY_COLUMN"
  | "EMBEDDED"
  | "EXTERNAL"
  | "MANAGED"
  | (string & {});

/** A SQLMesh model as the project defines it. */
export interface Model {
  /** Name as people write it, without catalog: `oso.stg_github__events`. */
  readonly name: string;
  readonly kind: ModelKind;
  /** Tags as SQLMesh keeps them: lower case. */
  readonly tags: readonly string[];
  /** Values of the tags `entity_category=…`. */
  readonly categories: readonly string[];
  /** Cron expression of its cadence, e.g. `@weekly`. */
  readonly cron: string;
  readonly owner: string | null;
  readonly description: string | null;
  /** Names of the models it reads, external ones included. */
  readonly dependsOn: readonly string[];
  /** Name of the time column, where the kind has one. */
  readonly timeColumn: string | null;
  /** File that defines it, relative to the project where it lies inside it. */
  readonly path: string | null;
  readonly audits: readonly string[];
}

/** The environment that SQLMesh treats as production, whatever the others are called. */
export const PRODUCTION = "prod";

/** The tag that puts a model into an entity category, OSO's convention. */
export const categoryTag = (category: string): string => `entity_category=${category}`;
