import type { MetricDifference, Verification } from '@hotcb/recipe'
import { count } from '../recipe/notes.ts'

/** Describes the comparison of two runs in one line. */
export function describeVerification(verification: Verification, a: string, b: string): string {
  const { verdict, equal, first, missing, weights } = verification
  const values = count(equal, 'value', 'values')
  if (verdict === 'identical') {
    const also = weights === null ? '' : `, and so are the weights, sha256 ${(weights.a ?? '').slice(0, 12)}`
    return `identical: ${values} equal bit for bit${also}`
  }
  if (first !== null)
    return `different: ${describeFirst(first, a, b)}; ${count(equal, 'other value', 'other values')} before it equal`
  if (verdict === 'different') {
    return `different: the weights, sha256 ${weights?.a} in ${a}, ${weights?.b} in ${b}; all ${values} equal`
  }
  const [example] = missing.examples
  if (example === undefined) {
    const [has, lacks] = weights?.a === null ? [b, a] : [a, b]
    return `missing: ${has} has a hash of its weights, ${lacks} does not; ${values} equal`
  }
  const where = `\`${example.name}\` at step ${example.step}, only in ${example.in === 'a' ? a : b}`
  return `missing: ${count(missing.count, 'value is', 'values are')} in one run only, first ${where}; ${values} equal`
}

/** Returns the first difference: `` `train_loss` at step 120, 0.25 in runs/a, 0.5 in runs/b ``. */
export function describeFirst({ step, name, a: left, b: right }: MetricDifference, a: string, b: string): string {
  return `\`${name}\` at step ${step}, ${exact(left)} in ${a}, ${exact(right)} in ${b}`
}

// Shows full precision, so that a difference of one bit is visible. Non-finite values are written as null.
function exact(value: number | null): string {
  if (value === null) return 'nan'
  return Object.is(value, -0) ? '-0' : String(value)
}
