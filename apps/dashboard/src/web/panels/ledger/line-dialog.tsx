import type { LedgerLine } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import type { JSX } from 'preact'
import { Decision } from '../../changes/decision.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { dateTime } from '../../parts/time.ts'
import { useRun } from '../../run/run-context.ts'
import { openChange } from '../change/open-change.ts'
import { RevertPart } from '../change/revert-part.tsx'
import { useStream } from '../panel.ts'

/** All details of one ledger line. */
export function LineDialog({
  line,
  onClose,
}: {
  readonly line: LedgerLine
  readonly onClose: () => void
}): JSX.Element {
  const { describe } = useRun()
  const { markers } = useStream('ledger')
  const { detail } = useStream('state')
  const mark = markers.value.find(({ seq }) => seq === line.seq)
  const key = detail.value?.row.key_metric?.name
  return (
    <Dialog title={`#${line.seq} ${describe(line)}`} onClose={onClose}>
      <div class="actions">
        <Decision decision={line.decision} />
      </div>
      <dl class="pairs">
        {factsOf(line).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd class={name === 'traceback' ? 'mono' : ''}>{value}</dd>
          </>
        ))}
      </dl>
      <div class="actions">
        {mark !== undefined && (
          <button
            type="button"
            class="button"
            onClick={() => {
              onClose()
              openChange([mark], key === undefined ? [] : [key])
            }}
          >
            What it did
          </button>
        )}
      </div>
      {mark !== undefined && line.module !== 'core' && <RevertPart seq={line.seq} step={mark.step} onSent={onClose} />}
    </Dialog>
  )
}

function factsOf(line: LedgerLine): [name: string, value: string][] {
  const facts: [string, unknown][] = [
    ['step', line.step],
    ['epoch', line.epoch],
    ['event', line.event],
    ['time', dateTime(line.wall_time)],
    ['source', line.source],
    ['author', line.author],
    ['module', line.module],
    ['op', line.op],
    ['id', line.id],
    ['params', line.params],
    ['payload', line.payload],
    ['old', line.old],
    ['error', line.error === null ? null : plainReason(line.error)],
    ['traceback', line.traceback],
    ['notes', line.notes === null ? null : plainReason(line.notes)],
    ['reverts', line.reverts],
    ['of', line.of],
    ['attempt', line.attempt],
    ['cid', line.cid],
  ]
  return facts
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])
}
