import type { CommitComparison, ReferenceStore, SealingBranch, ViewCatalog } from "../release/ports.js";
import type { MainHistory } from "../restatement/ports.js";
import type { CatalogAtCommit } from "../verification/ports.js";
import type { MainAhead } from "../status/ports.js";
import { mainAhead } from "./ahead.js";
import { catalogAtCommit } from "./contents.js";
import { type NessieOptions, nessieEndpoints } from "./endpoints.js";
import { commitComparison } from "./facts.js";
import { mainHistory } from "./history.js";
import { referenceStore } from "./references.js";
import { sealingBranch } from "./sealing.js";
import { type LoadedViews, viewCatalog } from "./views.js";

export interface NessieClientOptions extends NessieOptions {
  /** Whose history is told; `main` where left out. */
  readonly branch?: string | undefined;
  /** Views or tables read at once; 8 where left out. */
  readonly concurrency?: number | undefined;
}

export type NessieClient = ReferenceStore &
  CatalogAtCommit &
  CommitComparison &
  MainHistory &
  MainAhead &
  ViewCatalog &
  SealingBranch;

/** Nessie's REST v2 and, for the text of views, its Iceberg REST catalogue. Nothing is sent before it is needed. */
export function createNessieClient({
  branch = "main",
  concurrency = 8,
  ...options
}: NessieClientOptions): NessieClient {
  const { http, iceberg } = nessieEndpoints(options);
  const loaded: LoadedViews = new Map();
  return {
    ...referenceStore(http),
    ...catalogAtCommit(http, iceberg, concurrency),
    ...commitComparison(http, iceberg, concurrency),
    ...mainHistory(http, iceberg, branch, concurrency),
    ...mainAhead(http),
    ...viewCatalog(http, iceberg, concurrency, loaded),
    ...sealingBranch(http, iceberg, concurrency, loaded),
  };
}
