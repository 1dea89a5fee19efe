import { createHmac } from "node:crypto";
import { EMAIL, KEYS } from "../core/sensitive.js";
import type { Cell, Family, SeedColumn } from "./column.js";

export type MaskKind = "e-mail" | "phone" | "IP address" | "name" | "postal address" | "secret";

export interface Masked {
  readonly kind: MaskKind;
  readonly because: "name" | "values";
  /** Cells that were changed. */
  readonly cells: number;
}

export interface MaskedColumn {
  readonly cells: readonly Cell[];
  readonly masked: readonly Masked[];
}

interface Rule {
  readonly kind: MaskKind;
  readonly names: RegExp;
  /** Which values of such a column it is about. */
  readonly about: (value: string) => boolean;
}

/** On a blockchain, where all is public. Addresses without a mark of their own (base58) are not told from other text. */
const ON_CHAIN = /^(0x[0-9a-f]{40}|0x[0-9a-f]{64}|bc1[0-9a-z]{20,})$/i;
const anything = (value: string): boolean => value.trim() !== "";
const offChain = (value: string): boolean => anything(value) && !ON_CHAIN.test(value);
/** `token` may be the name of a currency as well. */
const longAndOffChain = (value: string): boolean => /^\S{16,}$/.test(value) && !ON_CHAIN.test(value);

const rule = (kind: MaskKind, names: RegExp, about = anything): Rule => ({ kind, names, about });

/** Columns, and fields in JSON, whose name says that they hold something of a person, or a secret. */
const named: readonly Rule[] = [
  rule(
    "secret",
    /passw|(^|_)pwd|passphrase|secret|credential|(api|private|access)_?key|ssn|iban|passport|tax_?id/,
  ),
  rule(
    "secret",
    /(^|_)(credit_?)?card(_?(no|number))?$|(^|_)(session|cookie|auth|authorization|bearer)(_|$)/,
  ),
  rule("secret", /token$/, longAndOffChain),
  rule("e-mail", /e_?mail/),
  rule("phone", /phone|(^|_)(mobile|fax|tel)(_|$)/),
  rule("IP address", /(^|_)ip(v?[46])?(_?addr(ess)?)?$/),
  rule("name", /(^|_)(first|last|full|given|family|middle|maiden|sur|nick)_?name$|(^|_)(user_?name|login)$/),
  rule(
    "name",
    /(^|_)(author|committer|customer|user|contact|person|employee|member|sender|recipient|holder)_name$/,
  ),
  rule("postal address", /(^|_)(street|address(_?line)?_?\d?)$/, offChain),
];
const nameOfPerson = rule("name", /^name$/);

/** Tables of persons, whose `name` is one's. */
const ofPersons =
  /(^|_)(customer|user|person|employee|contact|member|author|developer|subscriber|patient)s?$|(^|_)people$/;

/** What values themselves look like, wherever they stand in a text. */
const looks: readonly (readonly [MaskKind, RegExp])[] = [
  ["e-mail", EMAIL],
  ...KEYS.map((pattern) => ["secret", pattern] as const),
  ["IP address", /(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])/g],
  [
    "IP address",
    /(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?|::[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})(?![\w:])/gi,
  ],
  ["phone", /(?<![\w.+-])\+\d{1,3}[ .()/-]?\d(?:[ .()/-]{0,2}\d){6,12}(?![\w-])/g],
];

/**
 * Replaces what is personal or secret. The same value gives the same mask, in every table, so that joins survive; the
 * value cannot be found from it without the key.
 */
export class Masker {
  constructor(
    private readonly key: string,
    private readonly table: string,
  ) {}

  column(column: SeedColumn, cells: readonly Cell[]): MaskedColumn {
    const masked = new Map<string, { kind: MaskKind; because: "name" | "values"; cells: number }>();
    const byName = this.ruleOf(column);
    const changed = cells.map((cell) => {
      if (cell === null) return null;
      const told = new Map<string, { kind: MaskKind; because: "name" | "values" }>();
      const text = this.cell(cell, column.family, byName, (kind, because) =>
        told.set(`${kind} ${because}`, { kind, because }),
      );
      if (text === cell) return cell;
      for (const [id, one] of told) {
        const sofar = masked.get(id) ?? { ...one, cells: 0 };
        masked.set(id, { ...sofar, cells: sofar.cells + 1 });
      }
      return text;
    });
    return { cells: changed, masked: [...masked.values()] };
  }

  private ruleOf({ name }: SeedColumn): Rule | null {
    return (
      ruleFor(name.toLowerCase()) ?? (name === "name" && ofPersons.test(this.table) ? nameOfPerson : null)
    );
  }

  private cell(cell: string, family: Family, byName: Rule | null, tell: Tell): string {
    if (family === "text") return this.text(cell, byName, tell);
    if (family === "json" || family === "nested") return this.json(cell, byName, tell);
    const isNumber = family === "integer" || family === "decimal";
    return isNumber && byName !== null ? this.number(cell, byName, tell) : cell;
  }

  private number(cell: string, { kind, about }: Rule, tell: Tell): string {
    if (!about(cell)) return cell;
    tell(kind, "name");
    return this.digits(cell);
  }

  /** Texts and numbers inside JSON, each under the name of its field; numbers keep every digit that is not masked. */
  private json(cell: string, byName: Rule | null, tell: Tell): string {
    let field = byName;
    return cell.replaceAll(
      /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
      (token: string, quoted: string | undefined, isField: string | undefined) => {
        if (quoted === undefined) {
          return field === null ? token : this.number(token, field, tell);
        }
        const text = JSON.parse(quoted) as string;
        if (isField !== undefined) {
          field = ruleFor(text.toLowerCase()) ?? byName;
          return token;
        }
        const masked = this.text(text, field, tell);
        return masked === text ? token : JSON.stringify(masked);
      },
    );
  }

  private text(value: string, byName: Rule | null, tell: Tell): string {
    if (byName?.about(value)) {
      tell(byName.kind, "name");
      return this.mask(value, byName.kind);
    }
    return looks.reduce(
      (text, [of, pattern]) =>
        text.replaceAll(pattern, (found: string) => {
          tell(of, "values");
          return this.mask(found, of);
        }),
      value,
    );
  }

  private mask(value: string, kind: MaskKind): string {
    const digest = this.digest(value.trim().toLowerCase());
    const short = digest.slice(0, 10);
    switch (kind) {
      case "e-mail":
        return `user-${short}@example.com`;
      case "phone":
        return /\d/.test(value) ? this.digits(value) : `phone-${short}`;
      case "IP address":
        return value.includes(":") ? `2001:db8::${short.slice(0, 4)}:${short.slice(4, 8)}` : tenNet(digest);
      case "name":
        return `name-${short}`;
      case "postal address":
        return `address-${short}`;
      case "secret":
        return `masked-${short}`;
    }
  }

  /** The same form with other digits; a number keeps its length. */
  private digits(value: string): string {
    for (let attempt = 0; ; attempt++) {
      const digest = this.digest(`${attempt} ${value}`);
      const length = value.match(/\d/g)?.length ?? 0;
      let place = 0;
      const changed = value.replaceAll(/\d/g, () => {
        const digit = Number.parseInt(digest.slice((2 * place) % 64, ((2 * place) % 64) + 2), 16);
        if (place++ > 0) return String(digit % 10);
        // A long number still fits into the integer that it came in.
        return length >= 10 ? "1" : String(1 + (digit % 9));
      });
      if (changed !== value) return changed;
    }
  }

  private digest(value: string): string {
    return createHmac("sha256", this.key).update(value).digest("hex");
  }
}

type Tell = (kind: MaskKind, because: "name" | "values") => void;

const ruleFor = (name: string): Rule | null => named.find(({ names }) => names.test(name)) ?? null;

const tenNet = (digest: string): string =>
  `10.${[0, 2, 4].map((at) => Number.parseInt(digest.slice(at, at + 2), 16)).join(".")}`;
