import { readCommand } from './command.ts'
import { copyJson } from './copy-json.ts'
import { isObject, show } from './json.ts'
import type { SubmittedOp } from './module.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Validates an op that code submits, according to the rules for commands, and copies it as JSON. The ledger line is
 * written later, and must not change if the caller changes the object in the meantime. Never throws, whatever the op
 * contains.
 */
export function readSubmittedOp(asked: SubmittedOp): Result<SubmittedOp> {
  const copy = copyJson(asked)
  if (!copy.ok) return refused(`\`submit\` accepts only an op that can be written as JSON: ${copy.reason}`)
  const { value } = copy
  if (!isObject(value) || typeof value['module'] !== 'string' || value['module'] === '') {
    return refused(`\`submit\` expects {module, op, id?, params?}, got ${show(value)}`)
  }
  const command = readCommand(value)
  if (!command.ok) return refused(`\`submit\`: ${command.reason}`)
  // `readCommand` has checked every field. It returns all of them; unspecified ones are left out here.
  const { id, ...rest } = value as Record<string, unknown> & SubmittedOp
  return ok(id === undefined ? rest : { ...rest, id: command.value.id })
}
