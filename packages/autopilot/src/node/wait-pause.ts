import type { LedgerLine, SubmittedOp } from '@hotcb/protocol'
import { commandsWith, type Run } from '@hotcb/run/node'
import { ACTION_MARK } from '../story.ts'
import type { Limits, OnWait, RuleEngine } from '../types.ts'
import { sendCommand } from './carry-out.ts'
import type { Facts } from './facts.ts'

/** Pauses a run while a rescue proposal is waiting for an answer, and lets it continue afterwards. */
export interface WaitPause {
  /** Receives ledger lines in order: first past lines, then new ones. */
  hear(lines: readonly LedgerLine[]): void
  /** Sends the commands that are due. `facts` are read only if a command may be due. */
  look(engine: RuleEngine, facts: () => Facts, waiting: WaitOptions): void
}

/** The config's settings for waiting. */
export interface WaitOptions {
  readonly onWait: OnWait
  readonly limits: Limits
}

/**
 * A pause has the proposal's id in its `cid`, so that after a restart the autopilot recognizes its own pause and does not request it twice.
 */
const PAUSE = /^ap-(.+)\.wait$/
const pauseCid = (id: string): string => `ap-${id}.wait`
const resumeCid = (id: string): string => `ap-${id}.go`

export function createWaitPause(run: Run): WaitPause {
  const sent = new Set<string>()
  for (const { cid } of commandsWith(run, ACTION_MARK)) if (cid !== null) sent.add(cid)
  // The proposal for which the run is paused; null if the run is not paused, or if a person paused it.
  let heldFor: string | null = null

  function send(cid: string, op: SubmittedOp): void {
    if (!sent.has(cid) && sendCommand(run, { ...op, cid }) === undefined) sent.add(cid)
  }

  return {
    hear(lines) {
      for (const line of lines) heldFor = heldAfter(line, heldFor)
    },
    look(engine, facts, { onWait, limits }) {
      const { waiting } = engine
      const isWanted = onWait === 'pause' && limits.words.pause !== 'never'
      if (heldFor !== null && (heldFor !== waiting || !isWanted)) {
        if (facts().isFrozen) return
        send(resumeCid(heldFor), {
          module: 'core',
          op: 'resume',
          note: `\`${heldFor}\` is no longer waiting for an answer`,
        })
      } else if (waiting !== null && heldFor === null && isWanted && !sent.has(pauseCid(waiting))) {
        const { isPaused, isFrozen, isOver } = facts()
        if (isPaused || isFrozen || isOver) return
        send(pauseCid(waiting), { module: 'core', op: 'pause', note: `\`${waiting}\` is waiting for an answer` })
      }
    },
  }
}

/**
 * Returns the proposal that owns the pause after a ledger line. If a person pauses or resumes in the meantime, the person's choice takes
 * precedence.
 */
function heldAfter({ module, op, decision, cid }: LedgerLine, before: string | null): string | null {
  if (module !== 'core' || (op !== 'pause' && op !== 'resume')) return before
  const [, id] = PAUSE.exec(cid ?? '') ?? []
  if (op === 'pause') return id !== undefined && decision === 'applied' ? id : id === undefined ? null : before
  return decision === 'applied' ? null : before
}
