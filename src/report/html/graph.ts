import { Graph, layout } from "@dagrejs/dagre";
import { curveBumpX, line } from "d3-shape";
import stringWidth from "string-width";
import { count, grouped } from "../../core/words.js";
import type { ModelReport } from "../model/report.js";
import { signsOf } from "../signs.js";
import type { Lineage, LineageNode } from "./lineage.js";
import { html, type Markup } from "./markup.js";
import { outcomeTone, signOf, workInWords } from "./words.js";

/** In pixels; a sign of the fixed-width font is about as wide as this. */
const SIGN = 7.3;
const HEIGHT = 46;
const PADDING = 40;
const LONGEST_NAME = 30;

/** How far it shrinks to fit before it scrolls: less could not be read. */
const SMALLEST = 0.8;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The lineage from left to right, what is read before what reads it. */
export function lineageGraph({ nodes, edges }: Lineage): Markup {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 30, marginx: 2, marginy: 2 });
  graph.setDefaultEdgeLabel(() => ({}));
  // Nodes and edges go by numbers: names from outside are no keys.
  const numbers = new Map(nodes.map(({ id }, index) => [id, String(index)] as const));
  for (const node of nodes)
    graph.setNode(numbers.get(node.id) ?? "", { width: widthOf(node), height: HEIGHT });
  for (const [from, to] of edges) graph.setEdge(numbers.get(from) ?? "", numbers.get(to) ?? "");
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const curve = line<{ x: number; y: number }>(
    ({ x }) => Math.round(x),
    ({ y }) => Math.round(y),
  ).curve(curveBumpX);
  const lines = graph.edges().map((edge: { v: string; w: string }) => {
    const { points = [] } = graph.edge(edge) as { points?: { x: number; y: number }[] };
    return html`<path d="${curve(points) ?? ""}" />`;
  });
  const boxes = nodes.map((node) => {
    const place = graph.node(numbers.get(node.id) ?? "") as Place;
    return box(node, place);
  });
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  return html`
    <svg
      class="lineage"
      style="min-width:${Math.round(size.width * SMALLEST)}px"
      role="img"
      aria-labelledby="lineage-title lineage-text"
      viewBox="0 0 ${size.width} ${size.height}"
      width="${size.width}"
      height="${size.height}"
    >
      <title id="lineage-title">Lineage of what was restated</title>
      <desc id="lineage-text">${described(nodes)}</desc>
      <g class="edges" fill="none">${lines}</g>
      ${boxes}
    </svg>
  `;
}

function box(node: LineageNode, { x, y, width }: Place): Markup {
  const [first] = node.models;
  if (first === undefined) return html``;
  const tone = outcomeTone[first.outcome];
  const asked = node.models.length === 1 && first.asked ? " asked" : "";
  const left = Math.round(x - width / 2);
  const top = Math.round(y - HEIGHT / 2);
  return html`
    <g class="node ${tone}${asked}" transform="translate(${left} ${top})">
      <title>${node.models.map(({ model }) => model).join(", ")}</title>
      <rect width="${width}" height="${HEIGHT}" rx="7" />
      <text class="sign" x="13" y="28">${signOf[tone]}</text>
      <text class="name" x="32" y="19">${nameOf(node)}</text>
      <text class="note" x="32" y="36">${noteOf(node.models)}</text>
    </g>
  `;
}

const nameOf = ({ models }: LineageNode): string =>
  models.length === 1 ? shortened(models[0]?.model ?? "") : count(models.length, "model");

/** `done · 12 rows · 2.1 s` */
function noteOf(models: readonly ModelReport[]): string {
  const [first] = models;
  if (first === undefined) return "";
  if (models.length > 1) return first.outcome;
  const { outcome, rows, asked } = first;
  const parts = [
    asked ? `asked for, ${outcome}` : outcome,
    rows === null ? "" : `${grouped(rows)} ${rows === 1 ? "row" : "rows"}`,
    workInWords(first),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** The end of a name tells models apart at least as well as its beginning. */
function shortened(name: string): string {
  const signs = signsOf(name);
  if (signs.length <= LONGEST_NAME) return name;
  const half = Math.floor((LONGEST_NAME - 1) / 2);
  return `${signs.slice(0, half).join("")}…${signs.slice(-half).join("")}`;
}

const widthOf = (node: LineageNode): number =>
  Math.ceil(PADDING + SIGN * Math.max(stringWidth(nameOf(node)), noteOf(node.models).length * 0.88, 12));

function described(nodes: readonly LineageNode[]): string {
  const models = nodes.flatMap((node) => node.models);
  const of = (outcome: ModelReport["outcome"]) => models.filter((one) => one.outcome === outcome);
  const failed = of("failed").map(({ model }) => model);
  const parts = [
    `${count(models.length, "model")}: ${of("done").length} done, ${failed.length} failed, ${of("left").length} left`,
    failed.length === 0 ? "" : `Failed: ${failed.slice(0, 10).join(", ")}`,
    "The table of models says what each of them reads",
  ];
  return `${parts.filter(Boolean).join(". ")}.`;
}
