import { useMemo } from 'preact/hooks'
import { lastChanges } from '../panels/controls/last-changes.ts'
import { useRun } from '../run/run-context.ts'
import { useQueued } from '../run/use-queued.ts'
import { stepOf } from '../staged/apply-staged.ts'
import { chooseMarks, inOrder, type MarkChoice, marksAhead, marksOfLines, type RailMark } from './rail-mark.ts'
import { rampEnds } from './ramp-ends.ts'

/** Returns everything that a run's rail shows: past decisions and future changes. */
export function useRailMarks(choice: MarkChoice): readonly RailMark[] {
  const { streams, words } = useRun()
  const { markers, refused } = streams.get('ledger')
  const { table } = words.value
  const [applied, others] = [markers.value, refused.value]
  const lines = useMemo(
    () => marksOfLines([...chooseMarks(applied, choice, table), ...chooseMarks(others, choice, table)], applied),
    [applied, others, choice, table],
  )
  const ahead = useMarksAhead()
  const stamp = ahead.map(({ id, step }) => `${id} ${step}`).join()
  return useMemo(
    () => (ahead.length === 0 || choice === 'none' ? lines : inOrder([...lines, ...ahead])),
    [lines, choice, stamp],
  )
}

/** Returns the marks for the future changes of this run. */
export function useMarksAhead(): readonly RailMark[] {
  const { streams, detail } = useRun()
  const { markers } = streams.get('ledger')
  const held = detail.value?.state?.held ?? []
  const status = detail.value?.row.status
  // A live trainer reads a command immediately and holds it until its step. Without one, a command may be waiting unread.
  const isWanted = status !== undefined && (held.length > 0 || status !== 'running')
  const waiting = useQueued(isWanted, held.map(({ cid }) => cid).join())
  const live = stepOf(detail.value)
  // Without a live trainer, no ramp is running.
  const ramps = live === null ? [] : rampEnds(detail.value?.controls ?? [], live, lastChanges(markers.value))
  return marksAhead(waiting, ramps, live ?? detail.value?.row.step ?? 0)
}
