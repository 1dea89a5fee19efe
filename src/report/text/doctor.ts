import { count } from "../../core/words.js";
import type { Diagnosis, DoctorResult, State } from "../../doctor/diagnosis.js";
import type { Terminal } from "../terminal.js";
import { sections, wrapped } from "./layout.js";

/** Worst first. */
const order: readonly State[] = ["wrong", "unknown", "warning", "fine"];

/** Room for what was found, beside the name; with less it goes below. */
const LEAST = 40;
const GAP = 2;

export function renderDoctor({ diagnoses, counts }: DoctorResult, terminal: Terminal): string {
  const looked = diagnoses.filter(({ without }) => without === null);
  const width = Math.max(0, ...looked.map(({ name }) => name.length));
  const lines = order.flatMap((state) => [
    ...looked.filter((one) => one.state === state).map((one) => inLines(one, width, terminal)),
    ...(state === "unknown" ? notLookedAt(diagnoses, width, terminal) : []),
  ]);
  const summary = order
    .filter((state) => counts[state] > 0)
    .map((state) => (state === "warning" ? count(counts[state], "warning") : `${counts[state]} ${state}`));
  return sections(lines.join("\n"), terminal.chalk.dim(summary.join(", ")));
}

/** What was not looked at is told once, with what it would have needed. */
function notLookedAt(diagnoses: readonly Diagnosis[], width: number, terminal: Terminal): readonly string[] {
  const missing = [...new Set(diagnoses.flatMap(({ without }) => (without === null ? [] : [without])))];
  return missing.map((without) => {
    const names = diagnoses.filter((one) => one.without === without).map(({ name }) => name);
    const found = `without ${without}: ${names.join(", ")}`;
    return inLines({ name: "", state: "unknown", found, mend: null }, width, terminal);
  });
}

type Line = Pick<Diagnosis, "name" | "state" | "found" | "mend">;

function inLines({ name, state, found, mend }: Line, width: number, terminal: Terminal): string {
  const { chalk, columns } = terminal;
  const beside = WORD + GAP + width + GAP;
  const isNarrow = columns - beside < LEAST;
  const indent = isNarrow ? GAP : beside;
  const head = coloured(state, terminal) + `${" ".repeat(WORD - state.length + GAP)}${name}`.trimEnd();
  const body = wrapped(found, terminal, indent);
  const first = isNarrow
    ? `${head}\n${body}`
    : `${head}${body.slice(name === "" ? state.length : WORD + GAP + name.length)}`;
  if (mend === null) return first;
  const advice = wrapped(mend, terminal, indent + GAP).slice(indent + GAP);
  return `${first}\n${" ".repeat(indent)}${chalk.cyan("→")} ${advice}`;
}

const WORD = "warning".length;

function coloured(state: State, { chalk }: Terminal): string {
  const colour = { wrong: chalk.red, unknown: chalk.magenta, warning: chalk.yellow, fine: chalk.green };
  return colour[state](state);
}
