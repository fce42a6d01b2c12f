import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { QueuedRow } from '../../shared/wire.ts'
import { ask, runPath } from '../api.ts'
import { operateReason } from './rights.ts'
import { useRun } from './run-context.ts'

const LOOK_MS = 4000
const SHOWN = 6

/** Of a run without a living trainer: what waits for the next one, which would apply it, and a way to cancel that. */
export function QueuedCommands(): JSX.Element | null {
  const run = useRun()
  const { id, answers, describe } = run
  const [queued, setQueued] = useState<readonly QueuedRow[]>([])
  const all = answers.answers.value
  useEffect(() => {
    let isLeft = false
    const look = async (): Promise<void> => {
      const answer = await ask<{ readonly queued: readonly QueuedRow[] }>(runPath(id, 'queued')).catch(() => undefined)
      if (!isLeft && answer !== undefined) setQueued(answer.queued)
    }
    void look()
    const timer = setInterval(() => void look(), LOOK_MS)
    return () => {
      isLeft = true
      clearInterval(timer)
    }
  }, [id, all.length, all[0]?.phase])
  if (queued.length === 0) return null
  const cancel = (): void => {
    const drafts = queued.map(({ cid }) => ({ module: 'core', op: 'cancel', params: { cid, queued: true } }))
    void answers.send(drafts.slice(0, MOST_AT_ONCE))
  }
  const texts = queued.slice(0, SHOWN).map((row) => describe({ ...row, old: null }))
  const more = queued.length - texts.length
  return (
    <section class="notice warn" aria-label="Queued commands">
      <span>
        The next trainer will apply: <b>{texts.join(', ')}</b>
        {more > 0 && ` and ${more} more`}
      </span>
      <span class="spacer" />
      <button type="button" class="button small" disabled={operateReason(run) !== undefined} onClick={cancel}>
        Cancel what is queued
      </button>
    </section>
  )
}

/** Commands of one request. */
const MOST_AT_ONCE = 100
