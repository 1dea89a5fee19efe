/** The real parts, built lazily: a command takes only what it needs. */
export interface App {}
