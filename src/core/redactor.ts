const HIDDEN = "***";

/** `user:password@` of an address. */
const CREDENTIALS = /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*(?=@)/gi;

/** As the header of a request has it. */
const HEADER = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;

/** Strikes out the secrets it was told of, and what looks like one in a header or an address. */
export class Redactor {
  /** The longest first: one may be a part of another. */
  #secrets: readonly string[] = [];

  /** Gives the secret back, to be struck out from now on. */
  keep(secret: string): string {
    if (secret !== "" && !this.#secrets.includes(secret))
      this.#secrets = [...this.#secrets, secret].toSorted((a, b) => b.length - a.length);
    return secret;
  }

  readonly redact = (text: string): string =>
    this.#secrets
      .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text)
      .replaceAll(CREDENTIALS, HIDDEN)
      .replaceAll(HEADER, `$1 ${HIDDEN}`);
}

/** The same plain value with every text of it changed. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  return through(value, change) as T;
}

function through(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((one) => through(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, through(one, change)]));
}
