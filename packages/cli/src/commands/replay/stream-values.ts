import type { RunStreams, StreamName } from '@hotcb/run'
import type { Run } from '../../run.ts'

/** The lines of one stream, including malformed ones. */
export interface StreamValues<Value> extends Iterable<Value> {
  /** Summarizes the malformed lines in one line, after all lines have been read. */
  trouble(): readonly string[]
}

/**
 * Reads a whole stream line by line, so that a file of any size needs little memory. Each iterator starts again at the first line.
 */
export function streamValues<Name extends StreamName>(run: Run, name: Name): StreamValues<RunStreams[Name]> {
  const bad = new Map<number, string>()
  return {
    *[Symbol.iterator]() {
      const onUnreadable = ({ offset, reason }: { readonly offset: number; readonly reason: string }): unknown =>
        bad.set(offset, reason)
      for (const { value } of run.records(name, { onUnreadable })) yield value
    },
    trouble() {
      const [first] = bad
      if (first === undefined) return []
      const lines = bad.size === 1 ? 'one line is' : `${bad.size} lines are`
      return [`\`${run.path(name)}\`: ${lines} left out: byte ${first[0]}: ${first[1]}`]
    },
  }
}
