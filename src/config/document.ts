import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path } from "./path.js";
import { ConfigError, type Problem } from "./problem.js";

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A value of a YAML file together with where it and all values inside it are written. */
export interface Located {
  readonly value: unknown;
  readonly at: Position;
  /** Children of a map or list, and where their keys are written. */
  readonly children: ReadonlyMap<string | number, { readonly key: Position; readonly node: Located }>;
}

/**
 * Reads YAML 1.2, merge keys included. A key without a value counts as not written (undefined); integers beyond
 * 2^53 are bigint.
 * @param shown the file's name for messages.
 * @throws ConfigError with everything that is wrong with the syntax.
 */
export function readYaml(text: string, shown: string): Located {
  const lineCounter = new LineCounter();
  // prettyErrors would quote the source line, which may hold a secret that does not belong there.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true, intAsBigInt: true });
  const reader = new Reader(document, lineCounter, shown);
  const found = [...document.errors, ...document.warnings];
  // After a first error of syntax the rest is read askew, so what else is found there is noise.
  const syntax = found.find(({ code }) => code !== "DUPLICATE_KEY" && code !== "TAG_RESOLVE_FAILED");
  for (const { pos, message } of syntax ? [syntax] : found) reader.problem(pos[0], firstSentence(message));
  if (reader.problems.length > 0) throw new ConfigError(shown, reader.problems);
  const located = reader.read(document.contents);
  if (reader.problems.length > 0) throw new ConfigError(shown, reader.problems);
  return located;
}

/** The node at `path`, or the nearest one above it that is written. */
export function nodeAt(root: Located, path: Path): { node: Located; key: Position; found: boolean } {
  let node = root;
  let key = root.at;
  for (const part of path) {
    const child = node.children.get(part);
    if (!child) return { node, key, found: false };
    ({ node, key } = child);
  }
  return { node, key, found: true };
}

class Reader {
  readonly problems: Problem[] = [];
  /** A node met again through an alias is read once, which also bounds what aliases can multiply. */
  readonly #read = new Map<Node, Located | "reading">();

  constructor(
    private readonly document: Document,
    private readonly lineCounter: LineCounter,
    private readonly shown: string,
  ) {}

  problem(offset: number, message: string): void {
    const { line, column } = this.#position(offset);
    this.problems.push({ where: `${this.shown}:${line}:${column}`, line, column, message });
  }

  /** @param from where the value is meant: at an alias, that is not where it is written. */
  read(node: Node | null, from = node?.range?.[0] ?? 0): Located {
    if (node === null) return { value: undefined, at: { line: 1, column: 1 }, children: new Map() };
    const known = this.#read.get(node);
    if (known && known !== "reading") return known;
    if (known === "reading") {
      this.problem(from, "an alias must not refer to a value it is part of");
      return this.#leaf(undefined, from);
    }
    const offset = node.range?.[0] ?? 0;
    this.#read.set(node, "reading");
    const located = this.#convert(node, offset);
    this.#read.set(node, located);
    return located;
  }

  #convert(node: Node, offset: number): Located {
    if (isMap<Node, Node | null>(node)) return this.#map(node, offset);
    if (isSeq<Node | null>(node)) return this.#list(node, offset);
    if (isScalar(node)) return this.#leaf(plain(node.value), offset);
    const target = isAlias(node) ? node.resolve(this.document) : undefined;
    if (target) return this.read(target, offset);
    this.problem(offset, "an alias refers to an anchor that is not defined before it");
    return this.#leaf(undefined, offset);
  }

  #list(list: YAMLSeq<Node | null>, offset: number): Located {
    const items = list.items.map((item) => this.read(item));
    return {
      value: items.map(({ value }) => value ?? null),
      at: this.#position(offset),
      children: new Map(items.map((node, index) => [index, { key: node.at, node }])),
    };
  }

  #map(map: YAMLMap<Node, Node | null>, offset: number): Located {
    const children = new Map<string, { key: Position; node: Located }>();
    const merged = new Map<string, { key: Position; node: Located }>();
    for (const { key, value } of map.items) {
      const at = key.range?.[0] ?? offset;
      if (!isScalar(key) || typeof key.value === "symbol" || key.value === "<<") {
        // The library stands a symbol in for the key `<<`.
        if (isScalar(key)) this.#merge(value, at, merged);
        else this.problem(at, "a key must be plain text");
        continue;
      }
      children.set(String(key.value), { key: this.#position(at), node: this.read(value) });
    }
    for (const [key, child] of merged) if (!children.has(key)) children.set(key, child);
    return { value: objectOf(children), at: this.#position(offset), children };
  }

  #merge(value: Node | null, offset: number, into: Map<string, { key: Position; node: Located }>): void {
    const source = this.read(value);
    const sources = Array.isArray(source.value)
      ? [...source.children.values()].map(({ node }) => node)
      : [source];
    for (const { value: merged, children } of sources) {
      if (typeof merged !== "object" || merged === null || Array.isArray(merged)) {
        this.problem(offset, "<< must refer to a map or a list of maps");
        return;
      }
      for (const [key, child] of children) if (!into.has(String(key))) into.set(String(key), child);
    }
  }

  #leaf(value: unknown, offset: number): Located {
    return { value, at: this.#position(offset), children: new Map() };
  }

  #position(offset: number): Position {
    const { line, col } = this.lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** `null` becomes undefined, so that an empty key is like one not written; safe integers become numbers. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return value ?? undefined;
}

function objectOf(children: ReadonlyMap<string, { node: Located }>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, { node }] of children) {
    // Defined, not assigned: a key `__proto__` must become a key like any other, to be refused by name.
    Object.defineProperty(object, key, {
      value: node.value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

const firstSentence = (message: string): string => `not valid YAML: ${message.split("\n")[0] ?? message}`;
