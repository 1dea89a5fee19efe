import { parse, stringify } from "lossless-json";

/**
 * JSON without loss: integers that a number cannot hold exactly become bigint (Nessie's snapshot ids and Trino's
 * BIGINT are raw 64-bit integers); every other number is a number.
 * @throws SyntaxError where the text is not JSON.
 */
export const parseJson = (text: string): unknown => parse(text, null, exactNumber);

/** The counterpart: bigint goes out as the plain integer it is. */
export function toJson(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError("only JSON values can be sent");
  return text;
}

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text);
}
