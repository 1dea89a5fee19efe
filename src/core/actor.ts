/** Who does something, by the best name known: a CI's actor, the configured identity, or the login. */
export interface Actor {
  readonly name: string;
  readonly from: "configuration" | "github" | "dagster" | "login";
}
