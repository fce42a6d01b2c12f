import { createCid } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import type { TrainerProcess } from './trainer-process.ts'

/** Stops a training run in three steps: `stop`, SIGTERM, SIGKILL. */
export interface Stopper {
  /** The reason of the first request; null until then. */
  readonly asked: string | null
  /** The first call sends `stop`. Each further call escalates to the next step immediately. */
  ask(reason: string): void
  /** Cancels a `stop` that no kernel has answered, so that it does not stop the next start. */
  close(): void
}

interface StopperOptions {
  readonly stopSeconds: number
  readonly killSeconds: number
  /** Called for each step. @param cid The `stop` command, if one was sent. */
  onStep(how: 'stop' | 'SIGTERM' | 'SIGKILL', reason: string, cid: string | null): void
}

export function createStopper(run: Run, trainer: TrainerProcess, options: StopperOptions): Stopper {
  const { stopSeconds, killSeconds, onStep } = options
  let asked: string | null = null
  let sent: string | null = null
  let step = 0
  let timer: NodeJS.Timeout | undefined

  function advance(): void {
    clearTimeout(timer)
    step++
    const reason = asked ?? ''
    if (step === 1) {
      sent = sendStop(run, reason)
      if (sent === null) trainer.signal('SIGTERM')
      onStep(sent === null ? 'SIGTERM' : 'stop', reason, sent)
      timer = setTimeout(advance, stopSeconds * 1000)
    } else if (step === 2) {
      trainer.signal('SIGTERM')
      onStep('SIGTERM', reason, null)
      timer = setTimeout(advance, killSeconds * 1000)
    } else {
      trainer.signal('SIGKILL')
      onStep('SIGKILL', reason, null)
    }
  }

  return {
    get asked() {
      return asked
    },
    ask(reason) {
      asked ??= reason
      advance()
    },
    close() {
      clearTimeout(timer)
      if (sent !== null) withdrawStops(run, [sent])
    },
  }
}

const SENDER = { source: 'launch' }

/** Sends `stop` to a run's kernel; returns null if it has no kernel that supports the command. */
export function sendStop(run: Run, reason: string): string | null {
  if (run.life().verdict !== 'alive' || run.isForeign()) return null
  const cid = createCid(Date.now(), Math.random)
  try {
    run.send([{ module: 'core', op: 'stop', params: { reason }, cid }], SENDER)
    return cid
  } catch {
    // The disk is full, or the kernel is newer. A signal still works.
    return null
  }
}

/** Cancels `stop` commands that no kernel has answered, because they would stop the next kernel. */
export function withdrawStops(run: Run, cids: readonly string[]): void {
  const open = cids.filter((cid) => !isAnswered(run, cid))
  if (open.length === 0) return
  const drafts = open.map((cid) => ({ module: 'core', op: 'cancel', params: { cid, queued: true } }))
  try {
    run.send(drafts, SENDER)
  } catch {
    // If nothing can be written now, the next start tries again.
  }
}

function isAnswered(run: Run, cid: string): boolean {
  for (const { value } of run.records('ledger', { contains: cid })) if (value.cid === cid) return true
  return false
}
