/** `sweep`: Python's meaning of operators, over the values of a trial. `rule`: strict types, over metrics and controls. */
export type Dialect = 'sweep' | 'rule'

/** A value. Whole numbers and floats are apart, as in Python: `1 == 1.0`, but `7 // 2` is an int and `7 // 2.0` a float. */
export type Value =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'str'; readonly value: string }
  | { readonly type: 'none' }
  | { readonly type: 'tuple'; readonly items: readonly Value[] }
  | { readonly type: 'list'; readonly items: readonly Value[] }

/** The result of an expression that needs a value that is missing. `name` is the missing metric. */
export interface Unknown {
  readonly type: 'unknown'
  readonly name: string
}

/**
 * `syntax`: not an expression. `name`: a name or function that is not known. `type`: an operator or function does not
 * take such a value. `range`: overflow, division by zero, a number out of its range. `cost`: a bound is exceeded.
 */
export type ProblemCode = 'syntax' | 'name' | 'type' | 'range' | 'cost'

/** What is wrong, in one sentence, and where: offsets into the text of the expression, `end` exclusive. */
export interface ExprProblem {
  readonly code: ProblemCode
  readonly message: string
  readonly start: number
  readonly end: number
}

export type ExprResult<Given> =
  | { readonly ok: true; readonly value: Given }
  | { readonly ok: false; readonly problem: ExprProblem }

/** A place in the text. */
export interface TextSpan {
  readonly start: number
  readonly end: number
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'
/** Functions of values. */
export type PlainFunction = 'min' | 'max' | 'abs' | 'sqrt' | 'log' | 'exp'
/** Functions of one metric. */
export type PointFunction = 'last' | 'first' | 'count' | 'age'
/** Functions of the last k values of one metric. */
export type WindowFunction = 'delta' | 'mean' | 'median' | 'std' | 'slope' | 'least' | 'most'

/** `quoted`: written in backquotes, so that only this very name is meant. */
export interface NameNode extends TextSpan {
  readonly kind: 'name'
  readonly name: string
  readonly quoted: boolean
}

export type Node =
  | NameNode
  | (TextSpan & { readonly kind: 'constant'; readonly value: Value })
  | (TextSpan & { readonly kind: 'items'; readonly type: 'tuple' | 'list'; readonly items: readonly Node[] })
  | (TextSpan & { readonly kind: 'sign'; readonly op: '+' | '-'; readonly operand: Node })
  | (TextSpan & { readonly kind: 'not'; readonly operand: Node })
  | (TextSpan & { readonly kind: 'binary'; readonly op: BinaryOperator; readonly left: Node; readonly right: Node })
  | (TextSpan & { readonly kind: 'compare'; readonly first: Node; readonly rest: readonly Comparison[] })
  | (TextSpan & { readonly kind: 'and' | 'or'; readonly operands: readonly Node[] })
  | (TextSpan & { readonly kind: 'choice'; readonly condition: Node; readonly then: Node; readonly otherwise: Node })
  | (TextSpan & { readonly kind: 'call'; readonly name: PlainFunction; readonly args: readonly Node[] })
  | (TextSpan & { readonly kind: 'point'; readonly name: PointFunction; readonly metric: NameNode })
  | (TextSpan & {
      readonly kind: 'window'
      readonly name: WindowFunction
      readonly metric: NameNode
      readonly length: Node
    })
  | (TextSpan & { readonly kind: 'control'; readonly key: string })
  | (TextSpan & { readonly kind: 'clock'; readonly name: 'step' | 'frac' })

/** One `op operand` of a chain such as `0 < lr <= 1`. */
export interface Comparison {
  readonly op: CompareOperator
  readonly operand: Node
}

/** An expression that was read. Plain data; it never changes. */
export interface Program {
  readonly dialect: Dialect
  readonly text: string
  readonly root: Node
  /** Names as written, each once: metrics in a rule, parameters in a sweep. */
  readonly names: readonly NameNode[]
  /** Keys of `ctl(key)`, each once. */
  readonly controls: readonly string[]
  /** The most values that one function reads of a metric: how long a window must be kept. */
  readonly longestWindow: number
}

/** The known part of one metric: its finite values, oldest first. */
export interface ExprSeries {
  readonly last: number | undefined
  readonly first: number | undefined
  readonly count: number
  /** Steps since the last value. */
  readonly age: number | undefined
  /** The last `length` values, oldest first; fewer where there are fewer. */
  window(length: number): ArrayLike<number>
}

/** Where an expression finds its values. A plain number is a float; undefined is a name without a value. */
export interface Scope {
  value(name: string): Value | number | undefined
  /** Rules only. */
  series?(name: string): ExprSeries | undefined
  /** Rules only: the value of a control; a plain number is a float. */
  control?(key: string): number | string | boolean | undefined
  /** Rules only. */
  readonly step?: number
  /** Rules only: the step as a part of all steps, 0 to 1; undefined while the end is not known. */
  readonly frac?: number | undefined
  /** Resolves bare names, such as `val_loss` for `val/loss`. Without it a name is only itself. */
  readonly names?: NameFinder
}

/** The meaning of a name: `real` is the known name; `many` are the names that a bare one might mean. */
export type FoundName =
  | { readonly real: string; readonly many?: undefined }
  | { readonly real?: undefined; readonly many: readonly string[] }

export interface NameFinder {
  find(name: string, quoted: boolean): FoundName | undefined
}

/** Most characters of a text. */
export const MAX_TEXT_LENGTH = 4096
/** Most nodes of an expression: constants, names, operators, calls. */
export const MAX_NODES = 512
/** Deepest nesting: parentheses, calls, signs, `not`, powers, `else`. */
export const MAX_NESTING = 64
/** Longest string, in UTF-16 units, also one that an operator makes. */
export const MAX_STRING_LENGTH = 4096
/** Longest tuple or list, also one that an operator makes. */
export const MAX_LIST_LENGTH = 1000
/** Longest window of a metric. */
export const MAX_WINDOW = 10_000
/** Most values that one evaluation reads: of windows, lists and strings. */
export const MAX_VALUES_READ = 100_000
