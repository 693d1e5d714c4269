import { parseSync } from "rolldown/utils";

export type Import = {
  readonly specifier: string;
  readonly line: number;
  /** Whether the module is loaded when this file is: false for types, `import()` and `require()`. */
  readonly eager: boolean;
};

export type Module = {
  readonly imports: readonly Import[];
  /** The lines with an await outside any function. */
  readonly topLevelAwaits: readonly number[];
};

type Node = { readonly type: string; readonly start: number; readonly [field: string]: unknown };

/** What a file of code imports, and where it awaits at the top level. Throws when it cannot be parsed. */
export function readModule(path: string, text: string): Module {
  const { program, errors } = parseSync(path, text, { sourceType: "module" });
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: cannot be parsed: ${error.message}`);
  const imports: Import[] = [];
  const topLevelAwaits: number[] = [];
  const lineOf = (node: Node) => text.slice(0, node.start).split("\n").length;
  const visit = (node: Node, inFunction: boolean): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push({ ...found, line: lineOf(node) });
    if (!inFunction && isAwait(node)) topLevelAwaits.push(lineOf(node));
    const inside = inFunction || isFunction(node);
    for (const child of children(node)) visit(child, inside);
  };
  visit(program as unknown as Node, false);
  return { imports, topLevelAwaits };
}

function importOf(node: Node): Omit<Import, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return literal(node.source, node.importKind !== "type");
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
      return literal(node.source, node.exportKind !== "type");
    case "ImportExpression":
    case "TSImportType":
      return literal(node.source, false);
    case "CallExpression": {
      const [first] = node.arguments as readonly unknown[];
      return isRequire(node.callee) ? literal(first, false) : undefined;
    }
    default:
      return undefined;
  }
}

function literal(value: unknown, eager: boolean): Omit<Import, "line"> | undefined {
  if (!isNode(value) || value.type !== "Literal" || typeof value.value !== "string") return undefined;
  return { specifier: value.value, eager };
}

function isRequire(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === "Identifier") return callee.name === "require";
  return callee.type === "MemberExpression" && isRequire(callee.object);
}

function isAwait(node: Node): boolean {
  if (node.type === "AwaitExpression") return true;
  if (node.type === "ForOfStatement") return node.await === true;
  return node.type === "VariableDeclaration" && node.kind === "await using";
}

function isFunction(node: Node): boolean {
  return ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type);
}

function children(node: Node): readonly Node[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
