import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import type { LaunchedAnswer } from '../../../shared/launcher.ts'
import { ask, runPath } from '../../api.ts'

const LOOK_MS = 2000

/** The state of the process of a run. */
export interface Launched {
  /** Undefined before the first answer. */
  readonly answer: LaunchedAnswer | undefined
  /** Why it cannot be read now; empty while it can. */
  readonly problem: string
  /** Takes over an answer that came in another way. */
  take(answer: LaunchedAnswer): void
}

/** Asks for the process of a run every two seconds. */
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
