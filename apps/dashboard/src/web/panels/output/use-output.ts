import { messageOf } from '@hotcb/protocol'
import { useEffect, useState } from 'preact/hooks'
import type { OutputAnswer, OutputTail } from '../../../shared/output.ts'
import { ask, runPath } from '../../api.ts'

const LOOK_MS = 2000

/** The state of a run's output. */
export interface Output {
  /** Undefined before the first answer; null if the file does not exist. */
  readonly tail: OutputTail | null | undefined
  /** Why the output cannot be read at the moment; empty if it can. */
  readonly problem: string
}

/** Reads a run's output every two seconds. @param isHeld Whether the shown text must stay, because someone is reading it. */
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
      // Requests never overlap, even if an answer takes long.
      if (!isLeft) timer = setTimeout(() => void look(), LOOK_MS)
    }
    // The first request is sent immediately, and each later one after the answer to the previous one.
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
