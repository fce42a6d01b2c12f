import { type Signal, signal } from '@preact/signals'
import { ask, runPath } from '../api.ts'
import { followLines } from './follow-lines.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The latest lines of the log. */
export interface LogStream extends OpenStream {
  /** Undefined before the first answer. */
  readonly lines: Signal<readonly string[] | undefined>
}

export function openLog({ id }: StreamHost): LogStream {
  const lines = signal<readonly string[] | undefined>(undefined)
  const followed = followLines({
    run: id,
    channel: 'log',
    load: () =>
      ask<{ readonly lines: readonly string[]; readonly cursor: string | null }>(runPath(id, 'log?limit=5000')),
    onPage: (page) => {
      lines.value = page.lines
    },
    onData: (data) => {
      lines.value = [...(lines.value ?? []), ...data].slice(-MOST_LINES)
    },
  })
  return { lines, ...followed }
}

const MOST_LINES = 20_000
