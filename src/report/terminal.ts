import { Chalk, type ChalkInstance } from "chalk";

/** What is known of the stream that people read: how wide, how colourful, whether it can be redrawn. */
export interface Terminal {
  readonly columns: number;
  readonly interactive: boolean;
  readonly chalk: ChalkInstance;
}

const WIDTH_WITHOUT_TERMINAL = 120;

/**
 * Colour only on a terminal, never with NO_COLOR or --no-color, always with FORCE_COLOR; chalk ignores NO_COLOR
 * by itself. CI is never interactive, even where it gives a terminal.
 */
export function describeTerminal(
  stream: { isTTY?: boolean; columns?: number },
  environment: NodeJS.ProcessEnv,
  color: boolean,
): Terminal {
  const isTerminal = stream.isTTY === true && environment["TERM"] !== "dumb";
  const forced = (environment["FORCE_COLOR"] ?? "0") !== "0";
  const colourful = color && !environment["NO_COLOR"] && (isTerminal || forced);
  return {
    columns: stream.columns ?? WIDTH_WITHOUT_TERMINAL,
    interactive: isTerminal && !environment["CI"],
    chalk: new Chalk({ level: colourful ? 1 : 0 }),
  };
}
