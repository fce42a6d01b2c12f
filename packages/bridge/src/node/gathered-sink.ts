import type { LineSink, SinkFailure } from '@hotcb/metrics'

/** A sink that collects lines until `write`, so that all records that were drained together are written at once. */
export interface GatheredSink extends LineSink {
  /** Writes the lines. Lines that cannot be written are kept. */
  write(): SinkFailure | null
}

export function gatheredSink(sink: LineSink): GatheredSink {
  let text = ''
  let failure: SinkFailure | null = null
  let isClosed = false

  function write(): SinkFailure | null {
    if (failure !== null) failure = sink.flush()
    if (failure !== null || text === '') return failure
    const lines = text
    text = ''
    failure = sink.append(lines)
    return failure
  }

  return {
    attach: (runDir) => sink.attach?.(runDir),
    append(lines) {
      text += lines
      return failure
    },
    flush: write,
    write,
    sync: () => write() ?? sink.sync?.() ?? null,
    close() {
      if (isClosed) return
      isClosed = true
      write()
      sink.close?.()
    },
  }
}
