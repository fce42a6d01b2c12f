import { type ActionRecord, answerText, deadlineText, effectText } from '@hotcb/autopilot'
import type { JsonObject } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { formatValue } from '../../../shared/describe.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { now as clock, dateTime } from '../../parts/time.ts'
import { changeText } from './change-text.ts'
import { EvidenceView } from './evidence-view.tsx'

/** Shows one action's complete history. */
export function ActionDialog(props: { readonly action: ActionRecord; readonly onClose: () => void }): JSX.Element {
  const { action, onClose } = props
  return (
    <Dialog title={`${action.id} ${changeText(action)}`} onClose={onClose}>
      <EvidenceView action={action} />
      <dl class="pairs">
        {factsOf(action).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      {action.command !== null && <pre class="mono command-text">{JSON.stringify(action.command, null, 2)}</pre>}
    </Dialog>
  )
}

function factsOf(action: ActionRecord): readonly (readonly [name: string, value: string])[] {
  const { step, ts, rule, metric, because, confidence, evidence, plan, again, state } = action
  const facts: readonly (readonly [string, string | null])[] = [
    ['step', step === null ? null : String(step)],
    ['time', dateTime(ts)],
    ['rule', rule === null ? null : `${rule}${metric === null ? '' : ` on ${metric}`}`],
    ['because', because],
    ['confidence', confidence],
    ['evidence', evidenceText(evidence)],
    ...plan.map((sentence, i): readonly [string, string] => [i === 0 ? 'plan' : '', `${i + 1}. ${sentence}`]),
    ['fired again', again === 0 ? null : String(again)],
    ['answer', answerText(action)],
    ['can be answered', state === 'open' ? deadlineText(action, clock.value) : null],
    ['effect', effectText(action)],
  ]
  return facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value] as const]))
}

function evidenceText(evidence: JsonObject): string {
  return Object.entries(evidence)
    .map(([name, value]) => `${name} ${formatValue(value)}`)
    .join(', ')
}
