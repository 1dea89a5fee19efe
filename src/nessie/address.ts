/**
 * Both endpoints from the one address that is configured: Nessie's own (`…/api/v2`, with or without that path or
 * a slash at the end) and its Iceberg REST catalogue, which Nessie serves beside it.
 */
export function nessieAddresses(uri: string, icebergUri?: string): { api: string; iceberg: string } {
  const root = uri
    .trim()
    .replace(/\/+$/, "")
    .replace(/\/api(\/v[12])?$/, "");
  return { api: `${root}/api/v2`, iceberg: (icebergUri ?? `${root}/iceberg`).trim().replace(/\/+$/, "") };
}
