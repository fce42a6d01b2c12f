import { type JsonObject, type LedgerLine, type Op, ok, type Result, refused, show } from '@hotcb/protocol'
import { opOfLine } from '@hotcb/recipe'
import type { LedgerPort } from './ports.ts'
import type { Standing } from './standing.ts'

/** The ordinary op that a revert comes to. */
export interface Inverse {
  readonly op: Op
  readonly reverts: number
}

/**
 * Resolves a `revert`, before it is judged: the target's module, the inverse op, and its `old` as params.
 *
 * @param params `{seq?, force?}`; without `seq` the newest applied change that neither reverts nor is reverted.
 */
export function resolveRevert(params: JsonObject | null, standing: Standing, ledger: LedgerPort): Result<Inverse> {
  const asked = params?.seq ?? null
  if (asked !== null && !Number.isSafeInteger(asked))
    return refused(`\`seq\` must be a whole number, got ${show(asked)}`)
  const seq = asked === null ? standing.newest() : Number(asked)
  if (seq === undefined) return refused('nothing to revert: no applied change stands')
  const line = ledger.find(seq)
  if (line === undefined) return refused(`no ledger line has seq ${seq}`)
  const stands = standing.get(seq)
  if (stands === undefined) return refused(`seq ${seq} cannot be reverted: ${whyNot(line)}`)
  if (standing.isReverted(seq)) return refused(`seq ${seq} is reverted already`)
  if (params?.force !== true) {
    const later = standing.touchedLater(stands)
    if (later.length > 0) {
      const which = later.length === 1 ? `seq ${later[0]}` : `seqs ${later.slice(0, 5).join(', ')}`
      return refused(`seq ${seq} cannot be reverted: ${which} changed the same later; revert that first, or use force`)
    }
  }
  const inverse = inverseOf(line)
  return inverse === null
    ? refused(`seq ${seq} cannot be reverted: it changed nothing`)
    : ok({ op: inverse, reverts: seq })
}

function whyNot(line: LedgerLine): string {
  if (line.decision !== 'applied') return `it was ${line.decision}`
  if (line.module === 'core' || line.module === 'ctl') return `a \`${line.module} ${line.op}\` has no inverse`
  return 'it no longer stands, a checkpoint load or restart has cut it'
}

/** The op that takes back a change, from its `old`; null where nothing was changed. */
export function inverseOf(line: Undoable): Op | null {
  const { module, id, old } = line
  const base = { module, id }
  switch (line.op) {
    case 'enable':
    case 'disable': {
      const op = line.op === 'enable' ? 'disable' : 'enable'
      if (old !== null) return { ...base, op, params: Object.keys(old).length > 0 ? old : null }
      return module === 'cb' ? { ...base, op, params: null } : null
    }
    case 'load':
      return old === null ? { ...base, op: 'unload', params: null } : { ...base, op: 'load', ...loadFields(line, old) }
    case 'unload':
      return old === null ? null : { ...base, op: 'load', ...loadFields(line, old) }
    default:
      return old === null ? null : { ...base, op: line.op, params: old }
  }
}

// What a load needs stands in `old` under the names that a load's payload has.
/** What of a ledger line tells how to take it back. */
export type Undoable = Pick<LedgerLine, 'module' | 'op' | 'id' | 'params' | 'old'>

function loadFields(line: Undoable, old: JsonObject): Pick<Op, 'params'> & Partial<Op> {
  // Parameters that had been set since its load are none of these: the module finds them in `params.params`.
  const params = old.params === undefined ? null : { params: old.params }
  return { ...opOfLine({ ...line, op: 'load', payload: old, params }), op: 'load' }
}
