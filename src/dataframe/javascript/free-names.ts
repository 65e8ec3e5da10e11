import { createRequire } from "node:module";
import type { Node } from "acorn";

/** Most programs register no function: acorn is loaded by the first one. */
const load = createRequire(import.meta.url);

/**
 * The names that a function's text refers to and that neither it declares nor every JavaScript thread has: if there are any, the
 * function closes over something. Declarations count for the whole function, wherever they stand. Throws a SyntaxError for
 * text that is no function, such as that of a native one.
 */
export function freeNames(source: string): readonly string[] {
  const root = parse(source);
  const declared = new Set<string>(["arguments", "undefined"]);
  const used = new Set<string>();
  visit(root as AnyNode, declared, used);
  return [...used].filter((name) => !declared.has(name) && !(name in globalThis));
}

/** Whether the text is an `async` function or generator. */
export function isAsync(source: string): boolean {
  const root = parse(source) as AnyNode;
  const fn =
    (root.type === "ObjectExpression" ? ((root["properties"] as AnyNode[])[0]?.["value"] as AnyNode) : root) ?? root;
  return fn["async"] === true || fn["generator"] === true;
}

type AnyNode = Node & Readonly<Record<string, unknown>>;

function parse(source: string): Node {
  const { parseExpressionAt } = load("acorn") as typeof import("acorn");
  const options = { ecmaVersion: "latest" } as const;
  try {
    return parseExpressionAt(`(${source}\n)`, 0, options);
  } catch {
    // A method: `name(x) { ... }`.
    return parseExpressionAt(`({${source}\n})`, 0, options);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function visit(node: AnyNode, declared: Set<string>, used: Set<string>): void {
  switch (node.type) {
    case "Identifier":
      used.add(node["name"] as string);
      return;
    case "MemberExpression":
      visit(node["object"] as AnyNode, declared, used);
      if (node["computed"] === true) visit(node["property"] as AnyNode, declared, used);
      return;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      if (node["computed"] === true) visit(node["key"] as AnyNode, declared, used);
      if (isNode(node["value"])) visit(node["value"], declared, used);
      return;
    case "LabeledStatement":
      visit(node["body"] as AnyNode, declared, used);
      return;
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
      return;
    case "VariableDeclarator":
      declare(node["id"] as AnyNode, declared, used);
      if (isNode(node["init"])) visit(node["init"], declared, used);
      return;
    case "CatchClause":
      if (isNode(node["param"])) declare(node["param"], declared, used);
      visit(node["body"] as AnyNode, declared, used);
      return;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      if (isNode(node["id"])) declare(node["id"], declared, used);
      for (const param of node["params"] as readonly AnyNode[]) declare(param, declared, used);
      visit(node["body"] as AnyNode, declared, used);
      return;
    case "ClassDeclaration":
    case "ClassExpression":
      if (isNode(node["id"])) declare(node["id"], declared, used);
      if (isNode(node["superClass"])) visit(node["superClass"], declared, used);
      visit(node["body"] as AnyNode, declared, used);
      return;
    default:
      for (const child of Object.values(node)) {
        if (isNode(child)) visit(child, declared, used);
        else if (Array.isArray(child)) for (const item of child) if (isNode(item)) visit(item, declared, used);
      }
  }
}

/** Declares the names of a binding pattern; defaults in it are expressions. */
function declare(pattern: AnyNode, declared: Set<string>, used: Set<string>): void {
  switch (pattern.type) {
    case "Identifier":
      declared.add(pattern["name"] as string);
      return;
    case "ObjectPattern":
      for (const property of pattern["properties"] as readonly AnyNode[]) {
        if (property["computed"] === true) visit(property["key"] as AnyNode, declared, used);
        declare(
          (property.type === "RestElement" ? property["argument"] : property["value"]) as AnyNode,
          declared,
          used,
        );
      }
      return;
    case "ArrayPattern":
      for (const element of pattern["elements"] as readonly (AnyNode | null)[])
        if (element !== null) declare(element, declared, used);
      return;
    case "RestElement":
      return declare(pattern["argument"] as AnyNode, declared, used);
    case "AssignmentPattern":
      declare(pattern["left"] as AnyNode, declared, used);
      return visit(pattern["right"] as AnyNode, declared, used);
    default:
      visit(pattern, declared, used);
  }
}
