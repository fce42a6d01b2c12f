export { functionNames } from './calls.ts'
export { check, type Known } from './check.ts'
export { evaluate } from './evaluate.ts'
export { format, formatName, formatValue } from './format.ts'
export { createNames, type Names } from './names.ts'
export { parse } from './parser.ts'
export { formatExprProblem, type Origin } from './problem.ts'
export { pythonFloat, pythonStr } from './python-text.ts'
export type {
  BinaryOperator,
  CompareOperator,
  Comparison,
  Dialect,
  ExprProblem,
  ExprResult,
  ExprSeries,
  FoundName,
  NameFinder,
  NameNode,
  Node,
  PlainFunction,
  PointFunction,
  ProblemCode,
  Program,
  Scope,
  TextSpan,
  Unknown,
  Value,
  WindowFunction,
} from './types.ts'
export {
  MAX_LIST_LENGTH,
  MAX_NESTING,
  MAX_NODES,
  MAX_STRING_LENGTH,
  MAX_TEXT_LENGTH,
  MAX_VALUES_READ,
  MAX_WINDOW,
} from './types.ts'
