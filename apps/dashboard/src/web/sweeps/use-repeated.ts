import { useEffect, useState } from 'preact/hooks'
import { ask } from '../api.ts'

/** Requests a path of the API repeatedly; undefined before the first answer. */
export function useRepeated<Answer>(path: string, everyMs: number): Answer | undefined {
  const [answer, setAnswer] = useState<Answer | undefined>(undefined)
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      const next = document.visibilityState === 'visible' ? await ask<Answer>(path).catch(() => undefined) : undefined
      if (isOver) return
      if (next !== undefined) setAnswer(next)
      timer = setTimeout(() => void look(), everyMs)
    }
    void look()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [path, everyMs])
  return answer
}
