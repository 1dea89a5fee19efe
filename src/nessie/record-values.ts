import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Version } from "../state/ports.js";
import type { RecordContent } from "./record-schemas.js";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Text up to this many characters is kept as it is, so that people can read it in Nessie's own interface. */
const PLAIN = 4_096;
/** Characters in one property; Nessie 0.99 takes far longer ones. */
const PART = 32_000;

/** A value as properties of a namespace. */
export async function toProperties(value: string, version: Version): Promise<Record<string, string>> {
  if (value.length <= PLAIN) return { version, value };
  const packed = (await pack(value)).toString("base64");
  const parts: Record<string, string> = {};
  for (let start = 0; start < packed.length; start += PART) {
    parts[`gzip.${start / PART}`] = packed.slice(start, start + PART);
  }
  return { version, parts: String(Object.keys(parts).length), ...parts };
}

/** Undefined where it is no record, or not a whole one. */
export async function fromProperties({
  type,
  properties = {},
}: RecordContent): Promise<{ value: string; version: Version } | undefined> {
  const { version, value, parts } = properties;
  if (type !== "NAMESPACE" || version === undefined) return undefined;
  if (value !== undefined) return { value, version: version as Version };
  const packed = Array.from({ length: Number(parts) || 0 }, (_, index) => properties[`gzip.${index}`]);
  if (packed.length === 0 || packed.includes(undefined)) return undefined;
  const unpacked = await unpack(Buffer.from(packed.join(""), "base64")).catch(() => undefined);
  return unpacked && { value: unpacked.toString("utf8"), version: version as Version };
}
