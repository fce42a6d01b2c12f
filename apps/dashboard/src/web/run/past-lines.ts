import { useRef } from 'preact/hooks'

/** The lines that were sent, newest first, with the position of the shown one. */
export interface PastLines {
  add(line: string): void
  /** Whether one of them is shown in the bar. */
  isShown(): boolean
  /**
   * Moves to another line and returns it; returns an empty string after the latest line. @param by 1 for an older line, -1 for a newer
   * one.
   */
  move(by: number): string
}

const KEPT = 50

/** Returns the lines that were sent from a command bar. */
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
