import { findNonFinite, isObject, show } from './json.ts'
import type { SubmittedOp } from './module.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Checks an op that code asks for, as a command line is checked, and copies it as JSON: the ledger is written later, and
 * must not see what happens to the caller's own object.
 */
export function readSubmittedOp(asked: SubmittedOp): Result<SubmittedOp> {
  try {
    if (!isObject(asked) || !isWord(asked.module) || !isWord(asked.op)) {
      return refused(`\`submit\` takes {module, op, id?, params?}, got ${show(asked)}`)
    }
    for (const field of ['params', 'init', 'target'] as const) {
      const value = asked[field] ?? null
      if (value !== null && !isObject(value)) return refused(`\`${field}\` must be an object, got ${show(value)}`)
      const infinite = findNonFinite(value)
      if (infinite !== undefined) return refused(`\`${infinite}\` must be a finite number to be submitted`)
    }
    return ok(JSON.parse(JSON.stringify(asked)) as SubmittedOp)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it is no JSON'
    return refused(`\`submit\` takes an op that can be written as JSON: ${why.split('\n')[0]}`)
  }
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
