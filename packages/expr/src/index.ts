export { functionNames } from './calls.ts'
export { check, type Known } from './check.ts'
export { evaluate } from './evaluate.ts'
export { format, formatName, formatValue } from './format.ts'
export { createNames, type Names } from './names.ts'
export { parse } from './parser.ts'
export { type Origin, tellProblem } from './problem.ts'
export { pythonFloat, pythonStr } from './python-text.ts'
export type {
  BinaryOperator,
  CompareOperator,
  Comparison,
  Dialect,
  FoundName,
  NameFinder,
  NameNode,
  Node,
  Outcome,
  PlainFunction,
  PointFunction,
  Problem,
  ProblemCode,
  Program,
  Scope,
  Series,
  Span,
  Unknown,
  Value,
  WindowFunction,
} from './types.ts'
export {
  DEEPEST,
  LONGEST_LIST,
  LONGEST_STRING,
  LONGEST_TEXT,
  LONGEST_WINDOW,
  MOST_NODES,
  MOST_READ,
} from './types.ts'
