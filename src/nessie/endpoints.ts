import { createHttp, type Http, type HttpOptions } from "../http/client.js";
import { nessieAddresses } from "./address.js";

export interface NessieOptions extends Omit<HttpOptions, "service" | "baseUrl"> {
  /** `http://host:19120/api/v2`; the path may be left out. */
  readonly uri: string;
  /** Nessie's Iceberg REST catalogue, where it is not beside the API under `/iceberg`. */
  readonly icebergUri?: string | undefined;
}

/** Nessie's own API, and the Iceberg REST catalogue that it serves beside it. Nothing is sent before it is needed. */
export function nessieEndpoints({ uri, icebergUri, ...options }: NessieOptions): {
  readonly http: Http;
  readonly iceberg: Http;
} {
  const { api, iceberg } = nessieAddresses(uri, icebergUri);
  return {
    http: createHttp({ ...options, service: "Nessie", baseUrl: api }),
    iceberg: createHttp({ ...options, service: "Nessie's Iceberg catalogue", baseUrl: iceberg }),
  };
}
