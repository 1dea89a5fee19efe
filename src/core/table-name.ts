/** A table or view as Trino names it. */
export interface TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}
