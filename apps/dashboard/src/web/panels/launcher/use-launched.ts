import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import type { LaunchedAnswer } from '../../../shared/launcher.ts'
import { ask, runPath } from '../../api.ts'

const LOOK_MS = 2000

/** The state of a run's process. */
export interface Launched {
  /** Undefined before the first answer. */
  readonly answer: LaunchedAnswer | undefined
  /** Why the state cannot be read at the moment; empty if it can. */
  readonly problem: string
  /** Uses an answer returned by another request. */
  take(answer: LaunchedAnswer): void
}

/** Requests the state of a run's process every two seconds. */
export function useLaunched(id: string): Launched {
  const [answer, setAnswer] = useState<LaunchedAnswer | undefined>(undefined)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let isLeft = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      try {
        const given = await ask<LaunchedAnswer>(runPath(id, 'launcher'))
        if (isLeft) return
        setAnswer(given)
        setProblem('')
      } catch (error) {
        if (!isLeft) setProblem(messageOf(error))
      }
      if (!isLeft) timer = setTimeout(() => void look(), LOOK_MS)
    }
    void look()
    return () => {
      isLeft = true
      clearTimeout(timer)
    }
  }, [id])
  return { answer, problem, take: setAnswer }
}
