import {
  copyJson,
  type HeldCommand,
  type Json,
  type LastLine,
  MAX_DEPTH,
  PROTOCOL_VERSION,
  type StateDocument,
} from '@hotcb/protocol'
import { isLedgerLost, type KernelParts } from './parts.ts'
import { describeError } from './router.ts'

/** Returns the current content of `hotcb.state.json`. */
export function stateDocument(parts: KernelParts): StateDocument {
  const { identity } = parts.options
  const { name = '@hotcb/kernel', version = '0', pid = null, host = null, start = null } = identity ?? {}
  return {
    protocol: PROTOCOL_VERSION,
    kernel: { name, version, pid, host, attempt: parts.recorder.attempt, start },
    step: parts.loop.begun ? parts.loop.step : null,
    freeze: parts.freeze.state,
    paused: parts.condition.paused,
    closed: parts.condition.closed,
    held: parts.queues.held.remaining().map(({ item, step, event }): HeldCommand => {
      const { cid, writer, offset } = item
      return { cid: cid ?? '', writer, offset: offset ?? 0, at: event === null ? { step } : { step, event } }
    }),
    last: lastLines(parts),
    modules: moduleStatus(parts),
    ledger_bytes: parts.ledger.bytes,
    ledger_tail: parts.ledger.tail ?? null,
    taken: isTakenForGood(parts) ? (parts.intake?.taken() ?? null) : null,
    degraded: parts.recorder.failure,
    step_seconds: parts.pace.stepSeconds,
    ranks: ranksOf(parts),
  }
}

function ranksOf(parts: KernelParts): StateDocument['ranks'] {
  const crew = parts.ranks ?? parts.options.hostRanks ?? null
  return crew === null ? null : { world_size: crew.worldSize, lost: crew.lost }
}

// Whether a restart will skip all commands that were answered. If the disk was full, some have no ledger line, and a
// restart processes them again.
function isTakenForGood(parts: KernelParts): boolean {
  return isLedgerLost(parts) || (parts.condition.closed && !parts.recorder.isDegraded)
}

function lastLines(parts: KernelParts): Record<string, LastLine> {
  const lines: Record<string, LastLine> = {}
  for (const [handle, { seq, op, step, decision }] of Object.entries(parts.recorder.last)) {
    lines[handle] = { seq, op, step, decision }
  }
  return lines
}

function moduleStatus(parts: KernelParts): Record<string, Json> {
  const status: Record<string, Json> = {}
  for (const module of parts.modules) {
    if (module.status === undefined) continue
    try {
      // A status that is not JSON must not prevent the write of the other statuses and of the heartbeat.
      const copy = copyJson(module.status(), { levels: MAX_DEPTH - 2, nonFinite: 'null' })
      status[module.name] = copy.ok ? copy.value : { error: copy.reason }
    } catch (error) {
      status[module.name] = { error: describeError(error).message }
    }
  }
  return status
}
