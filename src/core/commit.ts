/** A full Nessie commit hash: 64 hexadecimal digits, lower case. */
export type Hash = string;

/** A Nessie reference and the commit it stands at. */
export interface Reference {
  readonly type: "BRANCH" | "TAG";
  readonly name: string;
  readonly hash: Hash;
}

/** As short as people can still tell commits apart; never used for anything but showing. */
export const short = (hash: Hash): string => hash.slice(0, 12);

export const isFullHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
