import { createNames, evaluate, type Program, parse } from '@hotcb/expr'
import type { CompareCourse } from '../../shared/compare-wire.ts'
import { valueAt } from './lines.ts'

/** The content of a chart: one metric, or an expression over metrics. */
export interface Formula {
  readonly text: string
  /** The metrics that it uses. */
  readonly names: readonly string[]
  /** Undefined for a plain metric. */
  readonly program: Program | undefined
}

/**
 * Parses a chart's content. If the text is a metric's name, it means that metric, whatever characters it contains.
 *
 * @param place The runs that have the metrics, for messages.
 */
export function readFormula(
  text: string,
  known: Iterable<string>,
  place = 'these runs',
): { readonly ok: true; readonly value: Formula } | { readonly ok: false; readonly problem: string } {
  const all = new Set(known)
  if (all.has(text)) return { ok: true, value: { text, names: [text], program: undefined } }
  const parsed = parse(text, { dialect: 'rule' })
  if (!parsed.ok) return { ok: false, problem: `\`${text}\`: ${parsed.problem.message}` }
  const program = parsed.value
  if (program.controls.length > 0 || program.longestWindow > 0) {
    return { ok: false, problem: `\`${text}\`: a chart can use one value of each metric, but no controls` }
  }
  const finder = createNames('rule', all)
  const names: string[] = []
  for (const { name, quoted } of program.names) {
    const real = finder.find(name, quoted)?.real
    if (real === undefined) return { ok: false, problem: `no metric \`${name}\` in ${place}` }
    names.push(real)
  }
  if (names.length === 0) return { ok: false, problem: `\`${text}\` does not name a metric` }
  return { ok: true, value: { text, names: [...new Set(names)], program } }
}

/**
 * Returns a formula's curve: its metric's curve, or the value of the expression at the steps of its first metric, computed
 * from the means of the buckets. Undefined if the run lacks one of the metrics.
 */
export function courseOfFormula(
  { text, names, program }: Formula,
  courses: ReadonlyMap<string, CompareCourse>,
): CompareCourse | undefined {
  const [first, ...others] = names.map((name) => courses.get(name))
  if (first === undefined || program === undefined) return first
  if (others.some((course) => course === undefined || course.steps.length === 0)) return undefined
  const finder = createNames('rule', names)
  const mean = first.steps.map((step) => {
    const value = (name: string): number | undefined => {
      const course = courses.get(name)
      return (course === undefined ? null : valueAt({ xs: course.steps, ys: course.mean }, step)) ?? undefined
    }
    const result = evaluate(program, { value, names: finder, step })
    if (!result.ok) return null
    const found = result.value
    return found.type === 'int' || found.type === 'float' ? found.value : null
  })
  const complete = first.complete && others.every((course) => course?.complete === true)
  return { name: text, steps: first.steps, mean, complete }
}
