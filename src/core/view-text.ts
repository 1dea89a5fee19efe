import type { TableName } from "./table-name.js";

/** A view as its catalogue stores it. */
export interface ViewText {
  /** The text Trino stored. */
  readonly sql: string;
  /** What its unqualified names mean; Trino stores both with the view. */
  readonly defaultCatalog: string | null;
  readonly defaultSchema: string | null;
}

/** A name in a query's text that stands for a table or a view. */
export interface TableReference {
  /** One to three parts, unquoted. */
  readonly parts: readonly string[];
  /** Offsets into the text (UTF-16 code units), end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Whether the query gives it a name of its own: `FROM t AS x`. */
  readonly aliased: boolean;
}

export interface SqlUnreadable {
  readonly error: string;
}

/** What a query reads, by its text alone. */
export interface QueryReading {
  readonly tables: readonly TableReference[];
  /** Functions whose value no commit holds: `now`, `current_user`. */
  readonly volatile: readonly string[];
}

/** Says what queries read, by their text alone. */
export interface SqlReader {
  read(statements: readonly string[]): Promise<readonly (QueryReading | SqlUnreadable)[]>;
}

/** What a name in a view's text means: Trino folds all names to lower case, quoted ones too. */
export function meaningOf(
  { parts }: Pick<TableReference, "parts">,
  view: Pick<ViewText, "defaultCatalog" | "defaultSchema">,
  producerCatalog: string,
): TableName {
  const [table = "", schema, catalog] = parts.map((part) => part.toLowerCase()).toReversed();
  return {
    catalog: catalog ?? view.defaultCatalog ?? producerCatalog,
    schema: schema ?? view.defaultSchema ?? "",
    table,
  };
}

/** The text with other names in it, each given by its place; everything else stays as it was written. */
export function withNames(
  sql: string,
  names: readonly { readonly reference: TableReference; readonly name: string }[],
): string {
  return names
    .toSorted((a, b) => b.reference.start - a.reference.start)
    .reduce(
      (text, { reference: { start, end }, name }) => text.slice(0, start) + name + text.slice(end),
      sql,
    );
}
