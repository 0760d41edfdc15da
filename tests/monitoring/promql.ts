// Analyses PromQL by the grammar of Prometheus's own editor.

import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** Operators that select series of their sides. */
const FILTERS = new Set(["Eql", "EqlSingle", "Neq", "Gtr", "Gte", "Lss", "Lte", "And", "Or", "Unless"]);

/**
 * The parts of an expression without its filters: the sides of comparisons and set operators, and the argument of
 * absent(). Each has data whether or not the condition holds. Offsets are dropped: they select earlier data of the same
 * series.
 *
 * @throws {SyntaxError} if the expression is not PromQL
 */
export function operandsOf(expr: string): string[] {
  return operands(parse(expr), expr);
}

/** The names of the metrics in an expression. */
export function metricsOf(expr: string): string[] {
  return textsOf(expr, "VectorSelector").map((selector) =>
    /^[a-zA-Z_:][\w:]*/.exec(selector)?.[0] ?? fail(expr)
  );
}

/** The names of the functions and aggregations in an expression. */
export function functionsOf(expr: string): string[] {
  return [...textsOf(expr, "FunctionIdentifier"), ...textsOf(expr, "AggregateOp")];
}

/** The texts of all nodes of a kind of the grammar. */
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
    if (type.isError) throw new SyntaxError(`${expr}: syntax error at "${expr.slice(from, to)}"`);
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
