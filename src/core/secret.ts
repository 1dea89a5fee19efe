/** A secret value that no log, error or JSON can show. Read only at the moment of use. */
export class Secret {
  readonly #read: () => string;

  /** @param read gives the value, or throws PipelineError SECRET_MISSING; called at each use, never before. */
  constructor(read: () => string) {
    this.#read = read;
  }

  static of(value: string): Secret {
    return new Secret(() => value);
  }

  /** @throws PipelineError SECRET_MISSING when there is no value. */
  reveal(): string {
    return this.#read();
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  /** What `util.inspect` and `console.log` print. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "***";
  }
}
