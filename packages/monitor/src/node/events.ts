import type { StampTable } from '../delta.ts'
import type { Outlook, TickDelta } from '../types.ts'
import type { Post } from './post.ts'

/** If there are more trials than this, one post names them all. */
const MOST_SINGLE = 5

/** Returns a post for each trial that started, failed or completed since the last tick. */
export function eventPosts({ trials }: Outlook, delta: TickDelta, before: StampTable | null): readonly Post[] {
  if (before === null) return []
  const byIndex = new Map(trials.map((one) => [one.i, one]))
  const about = (indices: readonly number[], verb: string): readonly Post[] => {
    if (indices.length > MOST_SINGLE)
      return [{ kind: 'event', text: `${indices.length} trials ${verb}: ${indices.slice(0, 40).join(', ')}` }]
    return indices.flatMap((i): readonly Post[] => {
      const trial = byIndex.get(i)
      if (trial === undefined) return []
      const reason = trial.state === 'failed' && trial.reason !== null ? ` (${trial.reason})` : ''
      const again = trial.attempt > 1 ? `, attempt ${trial.attempt}` : ''
      return [{ kind: 'event', text: `trial ${i} ${trial.name} ${verb}${reason}${again}`, trial: i }]
    })
  }
  return [
    ...about(delta.started, 'runs'),
    ...about(delta.failed, 'failed'),
    ...about(delta.completed, 'completed'),
    ...about(delta.pruned, 'was pruned'),
  ]
}
