import {
  type JsonObject,
  type LedgerLine,
  type ModuleTable,
  type Op,
  ok,
  type Result,
  refused,
  show,
} from '@hotcb/protocol'
import { opOfLine } from '@hotcb/recipe'
import { ruleOf } from './op-rule.ts'
import type { Services } from './parts.ts'

/** The ordinary op that carries out a revert. */
export interface Inverse {
  readonly op: Op
  readonly reverts: number
}

/**
 * Resolves a `revert`, before it is checked: the target's module, the inverse op, and its `old` as params.
 *
 * @param params `{seq?, force?}`; without `seq`, the latest applied change that is not a revert and has not been
 *   reverted.
 */
export function resolveRevert(
  params: JsonObject | null,
  { inForce, ledger, router: { table } }: Pick<Services, 'inForce' | 'ledger' | 'router'>,
): Result<Inverse> {
  const asked = params?.seq ?? null
  if (asked !== null && !Number.isSafeInteger(asked))
    return refused(`\`seq\` must be a whole number, got ${show(asked)}`)
  const seq = asked === null ? inForce.newest() : Number(asked)
  if (seq === undefined) return refused('nothing to revert: no change is in force')
  const line = ledger.find(seq)
  if (line === undefined) return refused(`no ledger line has seq ${seq}`)
  const change = inForce.get(seq)
  if (change === undefined) return refused(`seq ${seq} cannot be reverted: ${whyNot(line, table)}`)
  if (inForce.isReverted(seq)) return refused(`seq ${seq} is already reverted`)
  const later = params?.force === true ? [] : inForce.touchedLater(change)
  if (later.length > 0) {
    const which = later.length === 1 ? `seq ${later[0]}` : `seqs ${later.slice(0, 5).join(', ')}`
    return refused(
      `seq ${seq} cannot be reverted: ${which} changed the same control later; revert that first, or use force`,
    )
  }
  const inverse = inverseOf(line, table)
  if (inverse !== null) return ok({ op: inverse, reverts: seq })
  const why = hasNoInverse(line, table) ? whyNot(line, table) : 'it changed nothing'
  return refused(`seq ${seq} cannot be reverted: ${why}`)
}

function hasNoInverse({ module, op }: LedgerLine, table: ModuleTable): boolean {
  return module === 'core' || ruleOf(table, module, op)?.inverse === undefined
}

function whyNot(line: LedgerLine, table: ModuleTable): string {
  if (line.decision !== 'applied') return `it was not applied (\`${line.decision}\`)`
  if (hasNoInverse(line, table)) return `a \`${line.module} ${line.op}\` has no inverse`
  return 'a checkpoint load or a restart removed it from the history'
}

/** The parts of a ledger line that are needed to revert it. */
export type Undoable = Pick<LedgerLine, 'module' | 'op' | 'id' | 'params' | 'old'>

/**
 * Returns the op that reverts a change, built from the line's `old`; null if there is no such op, or if nothing was
 * changed.
 */
export function inverseOf(line: Undoable, table: ModuleTable): Op | null {
  const { module, id, old } = line
  const rule = ruleOf(table, module, line.op)?.inverse
  if (rule === undefined) return null
  if (old === null) return rule.withoutOld === undefined ? null : { module, id, op: rule.withoutOld, params: null }
  const op = rule.op ?? line.op
  if (rule.old === 'fields') return { module, id, ...fieldsOf(line, old, table), op }
  // This is an op for all controls at once, such as `enable` without a key, and its `old` names no control.
  const isBare = op !== line.op && Object.keys(old).length === 0
  return { module, id, op, params: isBare ? null : old }
}

// `old` contains everything that a load needs, under the field names of a load's payload.
function fieldsOf(line: Undoable, old: JsonObject, table: ModuleTable): Pick<Op, 'params'> & Partial<Op> {
  // The callback's parameters that were set after its load are separate: the module reads them from `params.params`.
  const params = old.params === undefined ? null : { params: old.params }
  const op = opOfLine({ ...line, op: 'load', payload: old, params }, table)
  return { ...op, params }
}
