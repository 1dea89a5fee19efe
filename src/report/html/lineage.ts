import type { ModelReport } from "../model/report.js";

/** What is drawn of a lineage: a model, or many that stand at the same place and fared alike. */
export interface LineageNode {
  readonly id: string;
  readonly models: readonly ModelReport[];
}

export interface Lineage {
  readonly nodes: readonly LineageNode[];
  /** From what is read to what reads it. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Models drawn one by one; of more nobody can follow the lines. */
const DRAWN = 120;

/** Of those that are drawn by themselves among bundles. */
const SINGLED_OUT = 40;

/** The restated models and what they read of each other. Where they are too many, those that fared alike are bundled. */
export function lineageOf(models: readonly ModelReport[], most = DRAWN): Lineage {
  const restated = models.filter(({ step }) => step === "restated");
  const nodeOf = restated.length <= most ? ({ model }: ModelReport) => model : bundles(restated);
  const byModel = new Map(restated.map((one) => [one.model, one] as const));
  const nodes = new Map<string, ModelReport[]>();
  const edges = new Map<string, readonly [string, string]>();
  for (const one of restated) {
    const id = nodeOf(one);
    nodes.set(id, [...(nodes.get(id) ?? []), one]);
    for (const parent of one.reads) {
      const read = byModel.get(parent);
      if (read !== undefined && read !== one) edges.set(`${nodeOf(read)} ${id}`, [nodeOf(read), id]);
    }
  }
  return { nodes: [...nodes].map(([id, own]) => ({ id, models: own })), edges: [...edges.values()] };
}

/** Failed models, then asked ones, stand alone; the others with those as deep in the lineage and of the same outcome. */
function bundles(models: readonly ModelReport[]): (model: ModelReport) => string {
  const alone = new Set(
    [...models.filter(({ outcome }) => outcome === "failed"), ...models.filter(({ asked }) => asked)]
      .slice(0, SINGLED_OUT)
      .map(({ model }) => model),
  );
  const depths = depthsOf(models);
  return ({ model, outcome }) => (alone.has(model) ? model : `${depths.get(model) ?? 0} ${outcome}`);
}

/** The longest way from a model that reads no other restated one. */
function depthsOf(models: readonly ModelReport[]): ReadonlyMap<string, number> {
  const byName = new Map(models.map((one) => [one.model, one] as const));
  const depths = new Map<string, number>();
  const depth = (one: ModelReport): number => {
    const known = depths.get(one.model);
    if (known !== undefined) return known;
    depths.set(one.model, 0); // Ends a circle, which SQLMesh does not let happen.
    const parents = one.reads.flatMap((name) => byName.get(name) ?? []);
    const own = Math.max(-1, ...parents.map(depth)) + 1;
    depths.set(one.model, own);
    return own;
  };
  for (const one of models) depth(one);
  return depths;
}
