import type { MetricDifference, Verification } from '@hotcb/recipe'
import { count } from '../recipe/notes.ts'

/** How two runs compare, in one line of plain words. */
export function describeVerification(verification: Verification, a: string, b: string): string {
  const { verdict, equal, first, missing, weights } = verification
  const values = count(equal, 'value', 'values')
  if (verdict === 'identical') {
    const also = weights === null ? '' : `, and so are the weights, sha256 ${(weights.a ?? '').slice(0, 12)}`
    return `identical: ${values} equal to the last bit${also}`
  }
  if (first !== null)
    return `different: ${describeFirst(first, a, b)}; ${count(equal, 'other value', 'other values')} up to there equal`
  if (verdict === 'different') {
    return `different: the weights, sha256 ${weights?.a} in ${a}, ${weights?.b} in ${b}; all ${values} equal`
  }
  const [example] = missing.examples
  if (example === undefined) {
    const [has, lacks] = weights?.a === null ? [b, a] : [a, b]
    return `missing: the weights are told in ${has} and not in ${lacks}; ${values} equal`
  }
  const where = `\`${example.name}\` at step ${example.step}, only in ${example.in === 'a' ? a : b}`
  return `missing: ${count(missing.count, 'value stands', 'values stand')} on one side alone, first ${where}; ${values} equal`
}

/** The first difference: `` `train_loss` at step 120, 0.25 in runs/a, 0.5 in runs/b ``. */
export function describeFirst({ step, name, a: left, b: right }: MetricDifference, a: string, b: string): string {
  return `\`${name}\` at step ${step}, ${exact(left)} in ${a}, ${exact(right)} in ${b}`
}

// All digits, so that one bit shows; what was not finite is written as null.
function exact(value: number | null): string {
  if (value === null) return 'nan'
  return Object.is(value, -0) ? '-0' : String(value)
}
