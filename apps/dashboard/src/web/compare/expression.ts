import { createNames, evaluate, type Program, parse } from '@hotcb/expr'
import type { CompareCourse } from '../../shared/compare-wire.ts'
import { valueAt } from './lines.ts'

/** What a chart draws: one metric, or an expression over metrics. */
export interface Formula {
  readonly text: string
  /** Metrics that it reads. */
  readonly names: readonly string[]
  /** Undefined for a plain metric. */
  readonly program: Program | undefined
}

/**
 * Reads what a chart draws. The name of a metric is that metric, whatever characters it has.
 *
 * @param place Where the known metrics are, for messages.
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
    return { ok: false, problem: `\`${text}\`: a chart has one value of each metric, and no controls` }
  }
  const finder = createNames('rule', all)
  const names: string[] = []
  for (const { name, quoted } of program.names) {
    const real = finder.find(name, quoted)?.real
    if (real === undefined) return { ok: false, problem: `no metric \`${name}\` in ${place}` }
    names.push(real)
  }
  if (names.length === 0) return { ok: false, problem: `\`${text}\` names no metric` }
  return { ok: true, value: { text, names: [...new Set(names)], program } }
}

/**
 * The series of a formula: that of its metric, or its value at the steps of its first metric, computed from the means of the
 * buckets there. Undefined if the run lacks one of the metrics.
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
