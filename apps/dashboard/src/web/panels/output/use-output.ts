import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import type { OutputAnswer, OutputTail } from '../../../shared/output.ts'
import { ask, runPath } from '../../api.ts'

const LOOK_MS = 2000

/** The state of the output of a run. */
export interface Output {
  /** Undefined before the first answer; null if the file does not exist. */
  readonly tail: OutputTail | null | undefined
  /** Why it cannot be read now; empty while it can. */
  readonly problem: string
}

/** Looks at the output of a run every two seconds. @param isHeld Whether what is shown stays, because someone reads it. */
export function useOutput(id: string, isHeld: boolean): Output {
  const [output, setOutput] = useState<Output>({ tail: undefined, problem: '' })
  const stamp = output.tail?.stamp
  useEffect(() => {
    if (isHeld) return
    let isLeft = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      try {
        const tail = await askTail(id, stamp)
        if (!isLeft) setOutput((before) => ({ tail: tail?.text === null ? before.tail : tail, problem: '' }))
      } catch (error) {
        if (!isLeft) setOutput((before) => ({ ...before, problem: messageOf(error) }))
      }
      // One request at a time, however long the answer takes.
      if (!isLeft) timer = setTimeout(() => void look(), LOOK_MS)
    }
    // The first request is sent at once; each later one after the answer to the previous one.
    timer = setTimeout(() => void look(), stamp === undefined ? 0 : LOOK_MS)
    return () => {
      isLeft = true
      clearTimeout(timer)
    }
  }, [id, isHeld, stamp])
  return output
}

async function askTail(id: string, stamp: string | undefined): Promise<OutputTail | null> {
  const query = stamp === undefined ? '' : `?stamp=${encodeURIComponent(stamp)}`
  return (await ask<OutputAnswer>(runPath(id, `output${query}`))).output
}
