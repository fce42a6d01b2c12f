import {
  copyJson,
  type HeldCommand,
  type Json,
  type LastLine,
  MAX_DEPTH,
  PROTOCOL_VERSION,
  type StateDocument,
} from '@hotcb/protocol'
import { type Core, isLedgerLost } from './core.ts'
import { describeError } from './router.ts'

/** The document `hotcb.state.json` as it is now. */
export function stateDocument(core: Core): StateDocument {
  const { identity } = core.options
  const { name = '@hotcb/kernel', version = '0', pid = null, host = null, start = null } = identity ?? {}
  return {
    protocol: PROTOCOL_VERSION,
    kernel: { name, version, pid, host, attempt: core.recorder.attempt, start },
    step: core.begun ? core.step : null,
    freeze: core.freeze.state,
    paused: core.paused,
    closed: core.closed,
    held: core.held.remaining().map(({ item, step, event }): HeldCommand => {
      const { cid, writer, offset } = item
      return { cid: cid ?? '', writer, offset: offset ?? 0, at: event === null ? { step } : { step, event } }
    }),
    last: lastLines(core),
    modules: moduleStatus(core),
    ledger_bytes: core.ledger.bytes,
    ledger_tail: core.ledger.tail ?? null,
    taken: isTakenForGood(core) ? (core.intake?.taken() ?? null) : null,
    degraded: core.recorder.failure,
    step_seconds: core.stepSeconds,
    ranks: core.ranks === null ? null : { world_size: core.ranks.worldSize, lost: core.ranks.lost },
  }
}

// What a full disk kept out of the ledger has no line: a restart takes those commands again.
function isTakenForGood(core: Core): boolean {
  return isLedgerLost(core) || (core.closed && !core.recorder.isDegraded)
}

function lastLines(core: Core): Record<string, LastLine> {
  const lines: Record<string, LastLine> = {}
  for (const [handle, { seq, op, step, decision }] of Object.entries(core.recorder.last)) {
    lines[handle] = { seq, op, step, decision }
  }
  return lines
}

function moduleStatus(core: Core): Record<string, Json> {
  const status: Record<string, Json> = {}
  for (const module of core.modules) {
    if (module.status === undefined) continue
    try {
      // One that no JSON holds must not keep the others, and the sign of life, from being written.
      const copy = copyJson(module.status(), { levels: MAX_DEPTH - 2, nonFinite: 'null' })
      status[module.name] = copy.ok ? copy.value : { error: copy.reason }
    } catch (error) {
      status[module.name] = { error: describeError(error).message }
    }
  }
  return status
}
