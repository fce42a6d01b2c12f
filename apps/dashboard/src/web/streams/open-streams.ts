import { STREAMS, type StreamName, type Streams } from './index.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The streams of one run that are open. */
export interface RunStreams {
  /** A stream, opened if it is not. */
  get<Name extends StreamName>(name: Name): Streams[Name]
  /** Keeps streams open until the function that this gives is called. */
  hold(names: readonly StreamName[]): () => void
  close(): void
}

/** Opens the streams of a run as they are needed. */
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
    // The value under a name is what its entry opened.
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
