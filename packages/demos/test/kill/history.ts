import { type JsonObject, type LedgerLine, withOneRateKey } from '@hotcb/protocol'

interface Change {
  readonly seq: number
  readonly step: number
  readonly call: number
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params: JsonObject | null
}

/**
 * Returns the changes that are in force at the end of a ledger, as commands for their steps.
 *
 * It is written from the run directory documentation alone, independently of the kernel's fold. The result is the applied lines, moved or
 * removed by the latest line that re-applied them, without those that were reverted.
 */
export function scheduled(lines: readonly LedgerLine[]): object[] {
  const changes = new Map<number, Change>()
  for (const line of lines) {
    if (line.module === 'core') continue
    const target = line.of ?? line.seq
    if (line.decision !== 'applied') {
      if (line.of !== null) changes.delete(line.of)
      continue
    }
    if (line.reverts !== null && Object.keys(line.payload ?? {}).length === 0) {
      changes.delete(line.reverts)
      continue
    }
    if (line.of !== null && !changes.has(line.of))
      throw new Error(`seq ${line.seq} re-applies a change that is not in force`)
    const { step, call, module, op, id, params, payload } = line
    if (step === null) throw new Error(`seq ${line.seq} has no step`)
    changes.set(target, {
      seq: target,
      step,
      call: call ?? 0,
      module,
      op,
      id,
      // A command contains one key for a learning rate, whereas a ledger line contains all keys that depend on it.
      params: op === 'set_params' && payload !== null ? withOneRateKey(payload) : params,
    })
  }
  const ordered = [...changes.values()].sort((a, b) => a.step - b.step || a.call - b.call || a.seq - b.seq)
  return ordered.map(({ seq, step, module, op, id, params }) => ({
    cid: `scheduled-${seq}`,
    source: 'recipe',
    module,
    op,
    id,
    params,
    at: { step },
  }))
}
