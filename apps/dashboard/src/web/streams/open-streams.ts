import { STREAMS, type StreamName, type Streams } from './index.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** One run's open streams. */
export interface RunStreams {
  /** Returns a stream, and opens it if necessary. */
  get<Name extends StreamName>(name: Name): Streams[Name]
  /** Keeps streams open until the returned function is called. */
  hold(names: readonly StreamName[]): () => void
  close(): void
}

/** Opens a run's streams when they are needed. */
export function createRunStreams(run: Pick<StreamHost, 'id' | 'answers'>): RunStreams {
  const open = new Map<StreamName, OpenStream>()
  const holders = new Map<StreamName, number>()
  const others = (name: StreamName): OpenStream[] =>
    [...open].filter(([other]) => other !== name).map(([, stream]) => stream)

  function get<Name extends StreamName>(name: Name): Streams[Name] {
    let stream = open.get(name)
    if (stream === undefined) {
      stream = STREAMS[name].open({
        ...run,
        reloadOthers: () => others(name).forEach((other) => void other.reload()),
        resumeOthers: () => others(name).forEach((other) => void other.resume?.()),
      })
      open.set(name, stream)
    }
    // The value stored under a name comes from the entry of that name.
    return stream as Streams[Name]
  }

  function release(name: StreamName): void {
    const left = (holders.get(name) ?? 1) - 1
    holders.set(name, left)
    if (left > 0 || STREAMS[name].isKept) return
    open.get(name)?.close()
    open.delete(name)
  }

  return {
    get,
    hold(names) {
      for (const name of names) {
        get(name)
        holders.set(name, (holders.get(name) ?? 0) + 1)
      }
      return () => names.forEach(release)
    },
    close() {
      for (const stream of open.values()) stream.close()
      open.clear()
    },
  }
}
