/**
 * `sweep`: operators have Python's meaning, and names are the values of a trial. `rule`: types are strict, and names
 * are metrics and controls.
 */
export type Dialect = 'sweep' | 'rule'

/**
 * A value. Whole numbers and floats are separate types, as in Python: `1 == 1.0`, but `7 // 2` is an int and `7 // 2.0`
 * a float.
 */
export type Value =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'str'; readonly value: string }
  | { readonly type: 'none' }
  | { readonly type: 'tuple'; readonly items: readonly Value[] }
  | { readonly type: 'list'; readonly items: readonly Value[] }

/** The result of an expression that needs a missing value. `name` is the missing metric. */
export interface Unknown {
  readonly type: 'unknown'
  readonly name: string
}

/**
 * `syntax`: not an expression. `name`: an unknown name or function. `type`: an operator or function does not accept
 * such a value. `range`: overflow, division by zero, or a number that is out of range. `cost`: a limit is exceeded.
 */
export type ProblemCode = 'syntax' | 'name' | 'type' | 'range' | 'cost'

/** A problem in one sentence, and its place: offsets into the text of the expression, `end` exclusive. */
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

/** A name. `quoted` means that it is written in backquotes and must match exactly. */
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

/** A parsed expression. It is plain data and never changes. */
export interface Program {
  readonly dialect: Dialect
  readonly text: string
  readonly root: Node
  /** The names as written, each listed once: metrics in a rule, parameters in a sweep. */
  readonly names: readonly NameNode[]
  /** The keys in `ctl(key)`, each listed once. */
  readonly controls: readonly string[]
  /** The largest number of a metric's values that one function reads. A caller must keep that many. */
  readonly longestWindow: number
}

/** The known part of one metric: its finite values, oldest first. */
export interface ExprSeries {
  readonly last: number | undefined
  readonly first: number | undefined
  readonly count: number
  /** Steps since the last value. */
  readonly age: number | undefined
  /** Returns the last `length` values, oldest first, or all values if there are fewer. */
  window(length: number): ArrayLike<number>
}

/** The source of an expression's values. A plain number is a float; undefined means a name without a value. */
export interface Scope {
  value(name: string): Value | number | undefined
  /** Rules only: the values of a metric. */
  series?(name: string): ExprSeries | undefined
  /** Rules only: the value of a control; a plain number is a float. */
  control?(key: string): number | string | boolean | undefined
  /** Rules only: the current step. */
  readonly step?: number
  /** Rules only: the step as a fraction of all steps, 0 to 1; undefined while the number of steps is unknown. */
  readonly frac?: number | undefined
  /** Resolves bare names, such as `val_loss` for `val/loss`. Without it only exact names are found. */
  readonly names?: NameFinder
}

/** The meaning of a name: `real` is the known name; `many` are the names that a bare one might mean. */
export type FoundName =
  | { readonly real: string; readonly many?: undefined }
  | { readonly real?: undefined; readonly many: readonly string[] }

export interface NameFinder {
  find(name: string, quoted: boolean): FoundName | undefined
}

/** The maximum number of characters in an expression. */
export const MAX_TEXT_LENGTH = 4096
/** The maximum number of nodes in an expression: constants, names, operators, calls. */
export const MAX_NODES = 512
/** The maximum depth of nesting: parentheses, calls, signs, `not`, powers, `else`. */
export const MAX_NESTING = 64
/** The maximum length of a string in UTF-16 units, including the results of operators. */
export const MAX_STRING_LENGTH = 4096
/** The maximum length of a tuple or list, including the results of operators. */
export const MAX_LIST_LENGTH = 1000
/** The maximum length of a window over a metric's values. */
export const MAX_WINDOW = 10_000
/** The maximum number of values that one evaluation reads from windows, lists and strings. */
export const MAX_VALUES_READ = 100_000
