import type { Trino } from "trino-client";

/**
 * trino-client has no setting for how its requests are sent, but hands a private configuration to axios anew for
 * each of them. This is the only place that knows.
 */
export function setAdapter(trino: Trino, adapter: unknown): void {
  const config = objectAt(objectAt(trino, "client"), "clientConfig");
  Reflect.set(config, "adapter", adapter);
}

function objectAt(holder: object, name: string): object {
  const value: unknown = Reflect.get(holder, name);
  if (typeof value === "object" && value !== null) return value;
  throw new Error(`trino-client has no ${name}: this code was written for version 0.2.9`);
}
