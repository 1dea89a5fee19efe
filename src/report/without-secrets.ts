const HIDDEN = "***";

/** Shorter ones are found in words that are no secret. */
const SHORTEST = 6;

/** `user:password@` of an address. */
const CREDENTIALS = /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*(?=@)/gi;

/** The same with each secret, and each password in an address, replaced in every text of it. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  // The longest first: one may be a part of another.
  const known = [...new Set(secrets)]
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
  const hide = (text: string): string =>
    known.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text).replaceAll(CREDENTIALS, HIDDEN);
  return through(value, hide) as T;
}

function through(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((one) => through(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, through(one, change)]));
}
