import { runFiles } from '@hotcb/protocol'
import { type RunStreams, readStreamLine, type StreamName } from '@hotcb/run'
import type { LineStream } from './stream.ts'

/** Creates the stream for one of a run's files. Each line is parsed by the reader for that file. Malformed lines are left out. */
export function recordsOf<Name extends StreamName>(name: Name): LineStream<readonly RunStreams[Name][]> {
  return {
    kind: 'lines',
    file: runFiles[name],
    open: () => (lines) => {
      const records = lines.flatMap(({ text }) => {
        const line = readStreamLine(name, text)
        return line.ok ? [line.value] : []
      })
      return () => records
    },
  }
}
