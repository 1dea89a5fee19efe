/** What a person, a configuration or a launchpad asks a run to do: names as asked, nothing resolved yet. */
export interface RunRequest {
  /** SQLMesh environment. */
  readonly environment: string;
  /** SQLMesh selectors of the models to restate. */
  readonly restateModels: readonly string[];
  /** Entity categories to restate. Empty means none: "project and collection" is written out. */
  readonly restateCategories: readonly string[];
  /** As SQLMesh reads dates: ISO 8601 or relative (`1 week ago`). Null leaves it to SQLMesh. */
  readonly start: string | null;
  readonly end: string | null;
  readonly skipTests: boolean;
  /** Selectors of models whose destructive schema change is allowed. */
  readonly allowDestructiveModels: readonly string[];
}

export const asksToRestate = ({ restateModels, restateCategories }: RunRequest): boolean =>
  restateModels.length + restateCategories.length > 0;
