import { PipelineError } from "../core/errors.js";
import { categoryTag, type Model } from "../core/model.js";
import { didYouMean } from "../core/nearest.js";
import type { Selection } from "./ports.js";

/** What was asked to be restated, as selectors of models and names of entity categories. */
export interface Asked {
  readonly selectors: readonly string[];
  readonly categories: readonly string[];
}

/** A model that is to be restated, and the words that asked for it. */
export interface SelectedModel {
  readonly model: string;
  readonly askedBy: readonly string[];
}

/**
 * The models behind each selector and category. Every one is judged on its own, because SQLMesh drops an unknown
 * one among several without a word (facts/sqlmesh 3).
 * @throws PipelineError SELECTOR_UNKNOWN or CATEGORY_UNKNOWN, naming all that match nothing.
 */
export function selectedModels(
  asked: Asked,
  selections: readonly Selection[],
  models: readonly Model[],
): readonly SelectedModel[] {
  const found = new Map<string, string[]>();
  const add = (model: string, word: string): void => {
    found.set(model, [...(found.get(model) ?? []), word]);
  };

  const unknown = selections.filter(({ models: matched }) => matched.length === 0);
  if (unknown.length > 0) throw unknownSelectors(unknown, models);
  for (const { selector, models: matched } of selections) for (const model of matched) add(model, selector);

  const empty = asked.categories.filter(
    (category) => !models.some((model) => model.categories.includes(category)),
  );
  if (empty.length > 0) throw unknownCategories(empty, models);
  for (const category of asked.categories) {
    for (const model of models)
      if (model.categories.includes(category)) add(model.name, categoryTag(category));
  }
  return [...found].map(([model, askedBy]) => ({ model, askedBy })).toSorted(byModel);
}

const byModel = (a: SelectedModel, b: SelectedModel): number => a.model.localeCompare(b.model);

function unknownSelectors(unknown: readonly Selection[], models: readonly Model[]): PipelineError {
  const names = models.map((model) => model.name);
  const said = unknown.map(({ selector, error }) => (error ? `${selector} (${error})` : selector));
  const hints = unknown.map(({ selector }) => {
    const near = didYouMean(bareName(selector), names);
    return near ? `${selector}: ${near}` : undefined;
  });
  return new PipelineError("SELECTOR_UNKNOWN", {
    message: `no model matches ${said.join(", ")}`,
    hint: hints.filter(Boolean).join(" ") || "`oso-pipeline models` lists the models there are",
  });
}

/** The name inside a selector: without SQLMesh's operators around it. */
const bareName = (selector: string): string => selector.replace(/^[+^(*]+|[+)*]+$/g, "");

function unknownCategories(unknown: readonly string[], models: readonly Model[]): PipelineError {
  const categories = [...new Set(models.flatMap((model) => model.categories))].toSorted();
  const near = unknown.map((category) => didYouMean(category, categories)).find(Boolean);
  return new PipelineError("CATEGORY_UNKNOWN", {
    message: `no model has the entity category ${unknown.map((name) => `"${name}"`).join(", ")}; nothing was run`,
    hint:
      near ??
      (categories.length > 0
        ? `there are: ${categories.join(", ")}`
        : "no model has a tag entity_category=…"),
  });
}
