import { useEffect, useState } from 'preact/hooks'
import type { QueuedRow } from '../../shared/queued-row.ts'
import { ask, runPath } from '../api.ts'
import { useRun } from './run-context.ts'

const AGAIN_MS = 4000

/**
 * Returns the run's commands that the kernel has not applied or refused yet. They are reread every four seconds.
 *
 * @param isWanted If it is false, nothing is read.
 * @param stamp When this string changes, the commands are reread.
 */
export function useQueued(isWanted: boolean, stamp: string): readonly QueuedRow[] {
  const { id } = useRun()
  const [queued, setQueued] = useState<readonly QueuedRow[]>([])
  useEffect(() => {
    if (!isWanted) return
    let isLeft = false
    const read = async (): Promise<void> => {
      const answer = await ask<{ readonly queued: readonly QueuedRow[] }>(runPath(id, 'queued')).catch(() => undefined)
      if (!isLeft && answer !== undefined) setQueued(answer.queued)
    }
    void read()
    const timer = setInterval(() => void read(), AGAIN_MS)
    return () => {
      isLeft = true
      clearInterval(timer)
    }
  }, [id, isWanted, stamp])
  return isWanted ? queued : NONE
}

const NONE: readonly QueuedRow[] = []
