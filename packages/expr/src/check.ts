import { formatName } from './format.ts'
import type { Names } from './names.ts'
import { quote, visible } from './problem.ts'
import { visit } from './program.ts'
import type { Dialect, ExprProblem, NameNode, Node, Program } from './types.ts'

/** The names that are known when an expression is evaluated. */
export interface Known {
  /** Metrics of a rule, parameters of a sweep; undefined if none are known yet, and then no name is judged. */
  readonly names?: Names | undefined
  /** Keys of controls; undefined if they are not known. */
  readonly controls?: Iterable<string> | undefined
  /** The known words nearest to one, best first. `nearest` of `@hotcb/protocol` is one. */
  readonly nearest: (word: string, known: Iterable<string>) => readonly string[]
}

/** Checks a program against the known names and controls, and that a rule is true or false. Returns no problems if all is well. */
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
    const message = 'a rule must be true or false, and this is another value: compare it with something'
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

// Only what can be nothing but another value is refused.
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
