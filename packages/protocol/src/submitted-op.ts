import { readCommand } from './command.ts'
import { copyJson } from './copy-json.ts'
import { isObject, show } from './json.ts'
import type { SubmittedOp } from './module.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Checks an op that code asks for, as a command line is checked, and copies it as JSON: the ledger is written later, and
 * must not see what happens to the caller's own object. Never throws, whatever the op holds.
 */
export function readSubmittedOp(asked: SubmittedOp): Result<SubmittedOp> {
  const copy = copyJson(asked)
  if (!copy.ok) return refused(`\`submit\` takes an op that can be written as JSON: ${copy.reason}`)
  const { value } = copy
  if (!isObject(value) || typeof value['module'] !== 'string' || value['module'] === '') {
    return refused(`\`submit\` takes {module, op, id?, params?}, got ${show(value)}`)
  }
  const command = readCommand(value)
  if (!command.ok) return refused(`\`submit\`: ${command.reason}`)
  // `readCommand` has looked at every field. It gives each of them; what was not said is left out here.
  const { id, ...rest } = value as Record<string, unknown> & SubmittedOp
  return ok(id === undefined ? rest : { ...rest, id: command.value.id })
}
