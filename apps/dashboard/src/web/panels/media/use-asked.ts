import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import { ask, runPath } from '../../api.ts'

const AGAIN_MS = 5000

/** The server's answer to a request about a run, repeated every few seconds. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined
  /** Why the last request failed; empty if it succeeded. */
  readonly problem: string
}

export function useAsked<Answer>(run: string, path: string): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer>>({ answer: undefined, problem: '' })
  useEffect(() => {
    let isLeft = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let before = ''
    const load = async (): Promise<void> => {
      try {
        const answer = await ask<Answer>(runPath(run, path))
        const text = JSON.stringify(answer)
        // An unchanged answer must not cause a redraw.
        if (!isLeft && text !== before) setAsked({ answer, problem: '' })
        before = text
      } catch (error) {
        before = ''
        if (!isLeft) setAsked((known) => ({ ...known, problem: messageOf(error) }))
      }
      if (!isLeft) timer = setTimeout(() => void load(), AGAIN_MS)
    }
    void load()
    return () => {
      isLeft = true
      clearTimeout(timer)
    }
  }, [run, path])
  return asked
}
