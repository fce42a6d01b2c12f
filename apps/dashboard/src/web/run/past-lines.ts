import { useRef } from 'preact/hooks'

/** Lines that were sent, newest first, and which of them is shown. */
export interface PastLines {
  add(line: string): void
  /** Whether one of them is in the bar. */
  isShown(): boolean
  /** The line that comes then; empty before the newest. @param by 1 is older, -1 newer. */
  move(by: number): string
}

const KEPT = 50

/** The lines that were sent from a bar. */
export function usePastLines(): PastLines {
  const state = useRef({ lines: [] as readonly string[], at: -1 })
  return {
    add(line) {
      const { lines } = state.current
      state.current = { lines: [line, ...lines.filter((other) => other !== line)].slice(0, KEPT), at: -1 }
    },
    isShown: () => state.current.at >= 0,
    move(by) {
      const { lines, at } = state.current
      const next = Math.max(-1, Math.min(lines.length - 1, at + by))
      state.current = { lines, at: next }
      return lines[next] ?? ''
    },
  }
}
