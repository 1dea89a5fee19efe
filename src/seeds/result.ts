import type { ModelFailure } from "../core/events.js";
import type { Cell, Family } from "./column.js";
import type { Masked } from "./mask.js";

export interface SeedResult {
  /** As people write it. */
  readonly table: string;
  readonly name: string;
  readonly models: { readonly seed: string; readonly staging: string };
  /** Paths relative to the project, in the order in which they are put there. */
  readonly files: readonly string[];
  /** Written, or only shown. */
  readonly written: boolean;
  readonly replaced: boolean;
  readonly columns: readonly ColumnResult[];
  /** As they are written, or as they were read where the CSV has them as text. */
  readonly rows: readonly (readonly Cell[])[];
  readonly leftOut: readonly string[];
  /** What reading the table took. */
  readonly cost: {
    readonly queries: number;
    readonly candidates: number;
    /** No query looked at more rows. */
    readonly rowsAtMost: number;
    readonly bytesRead: number | null;
  };
  readonly owner: string | null;
  /** What the staging model is to read in production, in place of the seed. */
  readonly source: string;
  readonly maskKey: string;
  /** Null where SQLMesh was not asked. */
  readonly check: SeedCheck | null;
}

export interface ColumnResult {
  readonly name: string;
  readonly type: string;
  readonly family: Family;
  readonly seedType: string;
  readonly form: "value" | "text" | "json";
  readonly stagingType: string;
  readonly masked: readonly Masked[];
  readonly isNow: boolean;
}

export interface SeedCheck {
  readonly environment: string;
  readonly status: "passed" | "failed" | "unchanged";
  readonly sqlmeshVersion: string;
  readonly failures: readonly ModelFailure[];
  readonly skipped: readonly string[];
  /** Values that do not come back as they were read. */
  readonly differences: readonly SeedDifference[];
}

export interface SeedDifference {
  readonly model: string;
  readonly column: string;
  readonly wanted: Cell;
  readonly got: Cell;
}
