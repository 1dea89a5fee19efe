import { Argument } from "commander";
import { fileURLToPath } from "node:url";
import { completionScript, type Shell, shells } from "../completion/scripts.js";
import { defineCommand, withExamples } from "../command.js";

const PROGRAM = fileURLToPath(new URL("../../../bin/oso-pipeline.js", import.meta.url));

export interface CompletionResult {
  readonly shell: Shell;
  readonly script: string;
}

export const completion = defineCommand<object, CompletionResult>({
  configure: (command) =>
    withExamples(
      command.addArgument(new Argument("<shell>", "which shell").choices(shells)),
      'eval "$(oso-pipeline completion bash)"    # in ~/.bashrc',
      'eval "$(oso-pipeline completion zsh)"     # in ~/.zshrc, after compinit',
      "oso-pipeline completion fish | source     # in ~/.config/fish/config.fish",
    ),
  run: async (_, __, [asked]) => {
    const shell = shells.find((one) => one === asked) ?? "bash";
    return { result: { shell, script: completionScript(shell, [process.execPath, PROGRAM]) } };
  },
  render: async ({ result }) => result.script,
});
