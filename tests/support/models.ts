import type { Model } from "../../src/core/model.js";

/** A model with the given name; everything else is plausible and can be set. */
export function model(name: string, overrides: Partial<Model> = {}): Model {
  const tags = overrides.tags ?? [];
  return {
    name,
    kind: "FULL",
    tags,
    categories: tags.flatMap((tag) => (tag.startsWith("entity_category=") ? [tag.slice(16)] : [])),
    cron: "@weekly",
    owner: null,
    description: null,
    dependsOn: [],
    timeColumn: null,
    path: null,
    audits: [],
    ...overrides,
  };
}

export const inCategory = (name: string, category: string): Model =>
  model(name, { tags: [`entity_category=${category}`] });
