import type { LineStreams, StreamChannel } from '../../shared/wire.ts'
import { type Following, follow } from '../socket.ts'
import { quietly } from './stream.ts'

/** How to read lines once over HTTP, and then follow new ones. */
export interface LineReading<Name extends StreamChannel, Page> {
  readonly run: string
  readonly channel: Name
  /** Reads the latest lines, and the cursor after them. */
  load(): Promise<Page>
  onPage(page: Page): void
  onData(data: LineStreams[Name]): void
}

/** Reads lines, and follows new ones without a gap until it is closed. If the file is replaced, it is reread. */
export function followLines<Name extends StreamChannel, Page extends { readonly cursor: string | null }>(
  reading: LineReading<Name, Page>,
): { reload(): void; close(): void } {
  let leave: (() => void) | undefined
  let asked = 0

  async function load(): Promise<void> {
    const mine = ++asked
    const page = await quietly(reading.load())
    // A newer answer arrived first, or this one is no longer needed.
    if (page === undefined || mine !== asked) return
    reading.onPage(page)
    following.cursor = page.cursor
    leave = follow(following)
  }

  const following: Following<Name> = {
    run: reading.run,
    channel: reading.channel,
    onData: (data) => reading.onData(data),
    onRestart: () => void load(),
  }
  void load()
  return {
    reload: () => void load(),
    close() {
      asked++
      leave?.()
    },
  }
}
