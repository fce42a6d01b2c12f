import { metricValue } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import type { ProcessStory } from '../process-log.ts'
import type { Events } from './events.ts'

/** Reports what is new in a run: ledger lines, the latest metrics, and notes from its keeper. */
export interface News {
  /** Pushes everything new since the last call. */
  tell(story: ProcessStory): void
  /** Skips the notes so far. */
  skip(story: ProcessStory): void
  close(): void
}

/** Follows a run from its end. */
export function openNews(run: Run, events: Events): News {
  const ledger = run.follow('ledger', 'end')
  const metrics = run.follow('metrics', 'end')
  let shown = 0
  return {
    tell(story) {
      while (ledger.look()) for (const { value } of ledger.read().records) events.push({ kind: 'change', line: value })
      let last: { step: number; metrics: Record<string, number | null> } | null = null
      while (metrics.look()) {
        for (const { value } of metrics.read().records) last = { step: value.step, metrics: shownOf(value.metrics) }
      }
      if (last !== null) events.push({ kind: 'step', ...last })
      for (const text of story.notes.slice(shown)) events.push({ kind: 'note', text })
      shown = story.notes.length
    },
    skip({ notes }) {
      shown = notes.length
    },
    close() {
      ledger.close()
      metrics.close()
    },
  }
}

function shownOf(values: Readonly<Record<string, unknown>>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const shown = metricValue(value)
      return shown === undefined ? [] : [[name, shown]]
    }),
  )
}
