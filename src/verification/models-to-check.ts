import { PipelineError } from "../core/errors.js";
import type { Model } from "../core/model.js";
import { didYouMean } from "../core/nearest.js";
import type { Check } from "./check.js";
import type { ModelDirectory } from "./ports.js";

/** Embedded models exist only inside the queries of others: there is nothing of their own to look at. */
const isReadable = (model: Model): boolean => model.kind !== "EMBEDDED";

/**
 * Which checks hold for which model, in the order of the models' names.
 * @param select narrows to the models these selectors pick; empty means all.
 * @throws PipelineError CONFIG_INVALID when a check picks no model, SELECTOR_UNKNOWN when `select` does.
 */
export async function modelsToCheck(
  checks: readonly Check[],
  directory: ModelDirectory,
  select: readonly string[],
): Promise<readonly { readonly model: Model; readonly checks: readonly Check[] }[]> {
  const models = (await directory.models()).filter(isReadable);
  const names = models.map(({ name }) => name);
  const wanted = [...new Set([...select, ...checks.flatMap(({ selectors }) => selectors)])];
  const selections = wanted.length > 0 ? await directory.select(wanted) : [];
  const picked = new Map(selections.map(({ selector, models: matched }) => [selector, new Set(matched)]));
  const matches = (selector: string, model: Model): boolean => picked.get(selector)?.has(model.name) ?? false;

  for (const selector of select) {
    if (models.some((model) => matches(selector, model))) continue;
    throw new PipelineError("SELECTOR_UNKNOWN", {
      message: `no model matches ${selector}`,
      hint: didYouMean(selector, names) ?? "`oso-pipeline models` lists the models there are",
    });
  }
  for (const check of checks) {
    for (const selector of check.selectors) {
      if (models.some((model) => matches(selector, model))) continue;
      throw new PipelineError("CONFIG_INVALID", {
        message: `a check selects ${selector}, which matches no model`,
        where: check.where,
        hint: didYouMean(selector, names) ?? "`oso-pipeline models` lists the models there are",
      });
    }
    for (const category of check.categories) {
      if (models.some((model) => model.categories.includes(category))) continue;
      const categories = [...new Set(models.flatMap((model) => model.categories))];
      throw new PipelineError("CONFIG_INVALID", {
        message: `a check names the entity category "${category}", which no model has`,
        where: check.where,
        hint: didYouMean(category, categories) ?? `there are: ${categories.toSorted().join(", ")}`,
      });
    }
  }
  return models
    .filter((model) => select.length === 0 || select.some((selector) => matches(selector, model)))
    .map((model) => ({
      model,
      checks: checks.filter(
        ({ selectors, categories }) =>
          selectors.some((selector) => matches(selector, model)) ||
          categories.some((category) => model.categories.includes(category)),
      ),
    }))
    .filter(({ checks: own }) => own.length > 0)
    .toSorted((a, b) => a.model.name.localeCompare(b.model.name));
}
