// PromQL taken apart, by the grammar of Prometheus's own editor.

import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** What decides which series of its sides are in the result. */
const FILTERS = new Set(["Eql", "EqlSingle", "Neq", "Gtr", "Gte", "Lss", "Lte", "And", "Or", "Unless"]);

/**
 * What an expression is made of when its filters are taken away: the sides of its comparisons and of its set operators,
 * the argument of absent(). Each has data whether the condition holds or not. An offset is left out: it asks for the
 * same data of earlier.
 *
 * @throws {SyntaxError} where it cannot be read
 */
export function operandsOf(expr: string): string[] {
  return operands(parse(expr), expr);
}

/** The names of the metrics that an expression asks for. */
export function metricsOf(expr: string): string[] {
  return textsOf(expr, "VectorSelector").map((selector) =>
    /^[a-zA-Z_:][\w:]*/.exec(selector)?.[0] ?? fail(expr)
  );
}

/** The names of the functions and aggregations that an expression calls. */
export function functionsOf(expr: string): string[] {
  return [...textsOf(expr, "FunctionIdentifier"), ...textsOf(expr, "AggregateOp")];
}

/** The texts of all parts of an expression that are of this kind of the grammar. */
export function textsOf(expr: string, kind: string): string[] {
  const texts: string[] = [];
  parse(expr).cursor().iterate((node) => {
    if (node.name === kind) texts.push(expr.slice(node.from, node.to));
  });
  return texts;
}

function parse(expr: string): SyntaxNode {
  const { topNode } = parser.parse(expr);
  topNode.cursor().iterate(({ type, from, to }) => {
    if (type.isError) throw new SyntaxError(`${expr}: not understood from "${expr.slice(from, to)}" on`);
  });
  return topNode.firstChild ?? fail(expr);
}

function operands(node: SyntaxNode, expr: string): string[] {
  const children = childrenOf(node);
  switch (node.name) {
    case "ParenExpr":
    case "OffsetExpr":
      return operands(children[0], expr);
    case "FunctionCall":
      if (children[0].firstChild?.name !== "Absent") break;
      return operands(childrenOf(children[1])[0], expr);
    case "BinaryExpr":
      if (!children.some(({ name }) => FILTERS.has(name))) break;
      return [children[0], children[children.length - 1]].flatMap((side) => operands(side, expr));
  }
  return [expr.slice(node.from, node.to)];
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

function fail(expr: string): never {
  throw new SyntaxError(`${expr}: not understood`);
}
