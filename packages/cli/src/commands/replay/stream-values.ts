import type { RunStreams, StreamName } from '@hotcb/run'
import type { Run } from '../../run.ts'

/** The lines of one stream, and what in it is none. */
export interface StreamValues<Value> extends Iterable<Value> {
  /** Once all lines were read: what could not be understood, in one line. */
  trouble(): readonly string[]
}

/** Reads a whole stream, a line at a time and anew for each iterator, so that files of any size take little memory. */
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
