import { formatName } from './format.ts'
import type { Names } from './names.ts'
import { quote, visible } from './problem.ts'
import { visit } from './program.ts'
import type { Dialect, ExprProblem, NameNode, Node, Program } from './types.ts'

/** The names that will be known when an expression is evaluated. */
export interface Known {
  /** Metrics for a rule, parameters for a sweep. Undefined if they are not known yet; names are then not checked. */
  readonly names?: Names | undefined
  /** Keys of controls; undefined if they are not known. */
  readonly controls?: Iterable<string> | undefined
  /** Returns the known words nearest to a word, best first, as `nearest` of `@hotcb/protocol` does. */
  readonly nearest: (word: string, known: Iterable<string>) => readonly string[]
}

/**
 * Checks a program against the known names and controls, and checks that a rule's result is true or false. Returns the
 * problems; an empty list if there are none.
 */
export function check(program: Program, known: Known): readonly ExprProblem[] {
  const problems: ExprProblem[] = []
  const { dialect, root } = program
  visit(root, (node) => {
    const problem =
      node.kind === 'name'
        ? nameProblem(node, dialect, known)
        : node.kind === 'control'
          ? keyProblem(node, known)
          : undefined
    if (problem !== undefined) problems.push(problem)
  })
  if (dialect === 'rule' && !mayBeBool(root)) {
    const message = 'a rule must be true or false, but this is another kind of value: compare it with something'
    problems.push({ code: 'type', message, start: root.start, end: root.end })
  }
  return problems
}

function nameProblem({ name, quoted, start, end }: NameNode, dialect: Dialect, known: Known): ExprProblem | undefined {
  const { names } = known
  const found = names?.find(name, quoted)
  if (names === undefined || found?.real !== undefined) return undefined
  const what = dialect === 'rule' ? 'metric' : 'parameter'
  const asWritten = (one: string): string => visible(formatName({ name: one, quoted: false }, dialect))
  if (found?.many !== undefined) {
    const fits = found.many.map(asWritten).join(' and ')
    return { code: 'name', message: `${quote(name)} may be ${fits}: write one of them`, start, end }
  }
  const near = known.nearest(name, names.all()).map(asWritten)
  return { code: 'name', message: `no ${what} "${visible(name)}"${nearestOf(near)}`, start, end }
}

function keyProblem({ key, start, end }: Extract<Node, { kind: 'control' }>, known: Known): ExprProblem | undefined {
  if (known.controls === undefined) return undefined
  const controls = [...known.controls]
  if (controls.includes(key)) return undefined
  return {
    code: 'name',
    message: `no control "${visible(key)}"${nearestOf(known.nearest(key, controls).map(visible))}`,
    start,
    end,
  }
}

function nearestOf(near: readonly string[]): string {
  return near.length === 0 ? '' : `; nearest: ${near.join(', ')}`
}

// Whether a node may be a bool. A node is rejected only if it certainly has another type.
function mayBeBool(node: Node): boolean {
  if (node.kind === 'constant') return node.value.type === 'bool'
  if (node.kind === 'choice') return mayBeBool(node.then) || mayBeBool(node.otherwise)
  // A metric is a number; a control may be a bool.
  return (
    node.kind === 'compare' ||
    node.kind === 'and' ||
    node.kind === 'or' ||
    node.kind === 'not' ||
    node.kind === 'control'
  )
}
