import { createHttp, type HttpOptions } from "../http/client.js";
import type { ReferenceStore } from "../release/ports.js";
import type { MainHistory } from "../restatement/ports.js";
import type { CatalogAtCommit } from "../verification/ports.js";
import { nessieAddresses } from "./address.js";
import { catalogAtCommit } from "./contents.js";
import { mainHistory } from "./history.js";
import { referenceStore } from "./references.js";

export interface NessieOptions extends Omit<HttpOptions, "service" | "baseUrl"> {
  /** `http://host:19120/api/v2`; the path may be left out. */
  readonly uri: string;
  /** Nessie's Iceberg REST catalogue, where it is not beside the API under `/iceberg`. */
  readonly icebergUri?: string | undefined;
  /** Whose history is told; `main` where left out. */
  readonly branch?: string | undefined;
  /** Views or tables read at once; 8 where left out. */
  readonly concurrency?: number | undefined;
}

export type NessieClient = ReferenceStore & CatalogAtCommit & MainHistory;

/** Nessie's REST v2 and, for the text of views, its Iceberg REST catalogue. Nothing is sent before it is needed. */
export function createNessieClient({
  uri,
  icebergUri,
  branch = "main",
  concurrency = 8,
  ...options
}: NessieOptions): NessieClient {
  const addresses = nessieAddresses(uri, icebergUri);
  const http = createHttp({ ...options, service: "Nessie", baseUrl: addresses.api });
  const iceberg = createHttp({
    ...options,
    service: "Nessie's Iceberg catalogue",
    baseUrl: addresses.iceberg,
  });
  return {
    ...referenceStore(http),
    ...catalogAtCommit(http, iceberg, concurrency),
    ...mainHistory(http, iceberg, branch, concurrency),
  };
}
