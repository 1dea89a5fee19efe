import { PipelineError } from "../../core/errors.js";
import type { DownResult, LogLine, ResetResult, StackStatus, UpResult } from "../../localstack/stack.js";
import type { LogsResult } from "../../report/text/local.js";
import { type CommandGroup, defineCommand, withExamples } from "../command.js";
import { type LocalOptions, stackOf, withHome, withStackOptions } from "../local-stack.js";
import { demo } from "./local-demo.js";

const text = () => import("../../report/text/local.js");

const up = defineCommand<LocalOptions, UpResult>({
  configure: (command) =>
    withExamples(
      withStackOptions(command),
      "oso-pipeline local up",
      "oso-pipeline local up --port trino=18080 --port s3=0",
    ),
  run: async (options, app) => ({ result: await (await stackOf(options, app)).up(app.signal) }),
  render: async ({ result }, terminal) => (await text()).renderUp(result, terminal),
});

const down = defineCommand<LocalOptions, DownResult>({
  configure: (command) => withExamples(withHome(command), "oso-pipeline local down"),
  run: async (options, app) => ({ result: await (await stackOf(options, app)).down(app.signal) }),
  render: async ({ result }) => (await text()).renderDown(result),
});

const status = defineCommand<LocalOptions, StackStatus>({
  configure: (command) => withExamples(withHome(command), "oso-pipeline local status --json"),
  run: async (options, app) => ({ result: await (await stackOf(options, app)).status(app.signal) }),
  render: async ({ result }, terminal) => (await text()).renderStatus(result, terminal),
});

const reset = defineCommand<LocalOptions & { yes?: boolean }, ResetResult>({
  configure: (command) =>
    withExamples(
      withHome(command).option("-y, --yes", "remove without asking"),
      "oso-pipeline local reset --yes",
    ),
  run: async (options, app) => {
    if (!options.yes) {
      throw new PipelineError("USAGE", {
        message: "reset stops the local stack and removes its tables, history and logs",
        hint: "say --yes if that is what you want; downloads are kept",
      });
    }
    return { result: await (await stackOf(options, app)).reset(app.signal) };
  },
  render: async ({ result }) => (await text()).renderReset(result),
});

const logs = defineCommand<LocalOptions & { follow?: boolean; lines: string }, LogsResult>({
  configure: (command) =>
    withExamples(
      withHome(command)
        .argument("[service]", "s3, nessie or trino; all of them without it")
        .option("-f, --follow", "go on with what is written, until Ctrl-C")
        .option("-n, --lines <count>", "lines from the end of each log", "40"),
      "oso-pipeline local logs trino --lines 100",
      "oso-pipeline local logs --follow",
    ),
  run: async (options, app, [service]) => {
    const stack = await stackOf(options, app);
    const { isServiceName, serviceNames } = await import("../../localstack/settings.js");
    if (service !== undefined && !isServiceName(service)) {
      throw usage(`there is no service ${service}`, `one of ${serviceNames.join(", ")}`);
    }
    const lines = Number(options.lines);
    if (!Number.isInteger(lines) || lines < 0)
      throw usage(`--lines is no number: ${options.lines}`, "for example --lines 100");
    const shown: LogLine[] = [];
    for await (const line of stack.logs({ service, lines, follow: options.follow }, app.signal)) {
      if (options.follow) app.print(`${line.service.padEnd(6)} ${line.text}`);
      else shown.push(line);
    }
    return { result: { followed: options.follow ?? false, lines: shown } };
  },
  render: async ({ result }) => (await text()).renderLogs(result),
});

export const local: CommandGroup = {
  commands: {
    up: { summary: "install what is missing and start all services", command: up },
    down: { summary: "end the services that `up` started; data stays", command: down },
    status: { summary: "show state, address, memory and log of each service", command: status },
    reset: { summary: "stop the services and remove their data and logs", command: reset },
    logs: { summary: "show what the services wrote", command: logs },
    demo: { summary: "build, restate, verify and publish the sample warehouse on the stack", command: demo },
  },
};

/** What the commands of `local` give, besides `demo`. */
export interface LocalResults {
  readonly up: UpResult;
  readonly down: DownResult;
  readonly status: StackStatus;
  readonly reset: ResetResult;
  readonly logs: LogsResult;
}

const usage = (message: string, hint: string): PipelineError => new PipelineError("USAGE", { message, hint });
