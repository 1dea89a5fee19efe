import junit, { type Builder, type TestSuite } from "junit-report-builder";
import { visible } from "./html/markup.js";
import type { CheckReport, FailureReport, ModelReport, Report, StepName } from "./model/report.js";

/** Its types say that there is another default in the default. */
const factory = junit as unknown as Builder;

const STEPS: readonly StepName[] = ["deployed", "restated", "due"];

/** The report as CI servers read test results: a suite for each step, one for the checks, one for what ended the run. */
export function renderJUnit(report: Report): string {
  const builder = factory.newBuilder();
  for (const step of STEPS) {
    const models = report.models.filter((model) => model.step === step);
    if (models.length === 0) continue;
    const suite = suiteOf(`models ${step}`);
    for (const model of models) addModel(suite, model, report.failures);
  }
  if (report.checks) {
    const suite = suiteOf("checks");
    for (const check of report.checks.checks) addCheck(suite, check);
  }
  const others = report.failures.filter((failure) => !isTold(failure, report.models));
  if (others.length > 0) {
    const suite = suiteOf(report.subject.kind);
    for (const failure of others) {
      suite
        .testCase()
        .className(`oso-pipeline.${report.subject.kind}`)
        .name(visible(failure.model === null ? failure.title : `${failure.model}: ${failure.title}`))
        .error(visible(failure.message), "error", visible(inFull(failure)));
    }
  }
  return builder.build();

  function suiteOf(name: string) {
    return builder
      .testSuite()
      .name(`${report.title}: ${name}`)
      .timestamp(report.producedAt)
      .property("outcome", report.outcome.word);
  }
}

const isTold = ({ model }: FailureReport, models: readonly ModelReport[]): boolean =>
  models.some((one) => one.model === model && one.outcome === "failed");

function addModel(suite: TestSuite, model: ModelReport, failures: readonly FailureReport[]): void {
  const test = suite
    .testCase()
    .className(`oso-pipeline.${model.step}`)
    .name(visible(model.model))
    .time(model.milliseconds / 1000);
  if (model.outcome === "left") test.skipped();
  if (model.outcome !== "failed") return;
  const why = failures.find((failure) => failure.model === model.model);
  const message = visible(why?.message ?? "failed");
  test.failure(firstLine(message), "model").stacktrace(message);
}

function addCheck(suite: TestSuite, check: CheckReport): void {
  const { model, outcome, expected, observed, rowsQuery, where } = check;
  const test = suite.testCase().className(visible(model)).name(visible(check.check)).time(0);
  const told = visible(
    [`expected ${expected}`, `observed ${observed}`, rowsQuery ?? "", `declared at ${where}`]
      .filter(Boolean)
      .join("\n"),
  );
  if (outcome === "failed") test.failure(visible(observed), "check").stacktrace(told);
  if (outcome === "error") test.error(visible(observed), "check", told);
  if (outcome === "warned") test.standardOutput(`warning\n${told}`);
}

const inFull = ({ message, hint, log }: FailureReport): string =>
  [message, hint ?? "", ...(log?.lines ?? [])].filter(Boolean).join("\n");

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
