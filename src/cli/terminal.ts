export interface Terminal {
  readonly columns: number;
}
