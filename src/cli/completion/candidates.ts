import type { Command as Commander, Option } from "commander";

/** What a word may be: said by commander, looked up, or a file. */
export interface Candidate {
  readonly value: string;
  readonly does: string;
}

export type NameKind = "models" | "categories" | "runs" | "releases" | "commits";

export interface Wanted {
  readonly candidates: readonly Candidate[];
  /** Names to be looked up besides. */
  readonly names: NameKind | null;
  readonly files: boolean;
  /** What stands before the part that is completed: `--at=`. */
  readonly prefix: string;
  readonly typed: string;
}

/** What the placeholder of an option or argument stands for: `<model>`, `[release]`. */
const kinds: Readonly<Record<string, NameKind | "files">> = {
  model: "models",
  selector: "models",
  category: "categories",
  run: "runs",
  release: "releases",
  commit: "commits",
  from: "commits",
  to: "commits",
  file: "files",
  folder: "files",
  plan: "files",
};

/** Adds the subcommands, options and arguments of a command, which are loaded when they are needed. */
export type LoadCommand = (chosen: Commander) => Promise<void>;

/** What the last of the words may become. @param words after the program's name; the last one may be empty. */
export async function wantedAt(
  program: Commander,
  words: readonly string[],
  load: LoadCommand,
): Promise<Wanted> {
  const [typed, ...before] = joined(words).toReversed();
  let command = program;
  let places = 0;
  let pending: Option | undefined;
  for (const word of before.toReversed()) {
    if (pending) pending = undefined;
    else if (word.startsWith("-")) pending = word.includes("=") ? undefined : valued(command, word);
    else {
      const child = command.commands.find((one) => one.name() === word);
      if (child) {
        await load(child);
        command = child;
        places = 0;
      } else places += 1;
    }
  }
  const wanted = at(command, pending, places, typed ?? "");
  // Where `=` is a word of its own, only what stands behind it is completed.
  return words.slice(-2).includes("=") ? { ...wanted, prefix: "" } : wanted;
}

/** bash takes `--at=7` for three words. */
function joined(words: readonly string[]): string[] {
  const whole: string[] = [];
  for (const word of words) {
    const last = whole.at(-1);
    if (last?.startsWith("--") && (word === "=" || last.endsWith("="))) whole[whole.length - 1] = last + word;
    else whole.push(word);
  }
  return whole;
}

function at(command: Commander, pending: Option | undefined, places: number, typed: string): Wanted {
  if (pending && !(pending.optional && typed.startsWith("-"))) return values(pending, "", typed);
  if (typed.startsWith("--") && typed.includes("=")) {
    const split = typed.indexOf("=") + 1;
    const option = valued(command, typed.slice(0, split - 1));
    if (option) return values(option, typed.slice(0, split), typed.slice(split));
  }
  if (typed.startsWith("-")) return said(optionsOf(command), typed);
  const commands = command.commands.map((one) => ({ value: one.name(), does: one.summary() }));
  if (commands.length > 0) return said(commands, typed);
  const argument = command.registeredArguments[places];
  if (argument === undefined) return said([], typed);
  if (argument.argChoices) return said(plain(argument.argChoices), typed);
  return named(argument.name(), "", typed);
}

function values(option: Option, prefix: string, typed: string): Wanted {
  if (option.argChoices) return { ...said(plain(option.argChoices), typed), prefix };
  return named(/[<[](\S+?)(?:\.\.\.)?[\]>]/.exec(option.flags)?.[1] ?? "", prefix, typed);
}

function named(placeholder: string, prefix: string, typed: string): Wanted {
  const kind = kinds[placeholder];
  return {
    candidates: [],
    names: kind === undefined || kind === "files" ? null : kind,
    files: kind === "files",
    prefix,
    typed,
  };
}

const said = (candidates: readonly Candidate[], typed: string): Wanted => ({
  candidates,
  names: null,
  files: false,
  prefix: "",
  typed,
});

const plain = (choices: readonly string[]): readonly Candidate[] =>
  choices.map((value) => ({ value, does: "" }));

const optionsOf = (command: Commander): readonly Candidate[] =>
  own(command).flatMap(({ long, description, hidden }) =>
    long && !hidden ? [{ value: long, does: description }] : [],
  );

const valued = (command: Commander, flag: string): Option | undefined =>
  own(command).find((option) => (option.long === flag || option.short === flag) && takesValue(option));

const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** The command's options and those that every command takes. */
function own(command: Commander): readonly Option[] {
  const above = command.parent ? own(command.parent) : [];
  return [
    ...command.createHelp().visibleOptions(command),
    ...above.filter(({ long }) => long !== "--help" && long !== "--version"),
  ];
}
