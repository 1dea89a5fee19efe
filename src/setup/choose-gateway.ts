import { PipelineError } from "../core/errors.js";
import type { InitOptions, InitParts } from "./parts.js";
import type { Gateway, Surveyor } from "./ports.js";

/** @throws PipelineError USAGE where the flag names none, or where only a flag can say which. */
export async function chooseGateway(
  { gateway: asked }: InitOptions,
  { questions }: InitParts,
  surveyor: Surveyor,
): Promise<Gateway> {
  const all = await surveyor.gateways();
  const names = all.map(({ name }) => name || "(the only one)").join(", ");
  if (asked !== null) {
    const named = all.find(({ name }) => name === asked);
    if (named) return named;
    throw new PipelineError("USAGE", {
      message: `the SQLMesh project has no gateway ${asked}`,
      hint: `--gateway takes one of ${names}`,
    });
  }
  const onTrino = all.filter(({ trino }) => trino !== null);
  const [first] = onTrino;
  if (first === undefined) {
    throw new PipelineError("PROJECT_INVALID", {
      message: `the SQLMesh project has no gateway to Trino, only ${all.map(({ name, engine }) => (name ? `${name} (${engine})` : engine)).join(", ")}`,
      hint: "give it one, of `type: trino`: docs/getting-started.md shows how",
    });
  }
  if (onTrino.length === 1) return first;
  if (questions) {
    return questions.choice(
      "Which gateway does the data of production go through?",
      onTrino.map((value) => ({
        value,
        label: value.name,
        note: `${value.trino?.url ?? ""}, catalog ${value.trino?.catalog ?? ""}`,
      })),
    );
  }
  if (first.isDefault) return first;
  throw new PipelineError("USAGE", {
    message: `the SQLMesh project has several gateways to Trino, and none of them is its default: ${onTrino.map(({ name }) => name).join(", ")}`,
    hint: `say which with --gateway, e.g. --gateway ${first.name}`,
  });
}
