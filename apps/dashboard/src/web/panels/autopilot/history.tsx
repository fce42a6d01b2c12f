import { type ActionRecord, type ActionState, answerText, effectText } from '@hotcb/autopilot'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { AutopilotDocument } from '../../../shared/autopilot.ts'
import { marksOfLines } from '../../changes/rail-mark.ts'
import { Chart } from '../charts/chart.tsx'
import '../charts/charts.css'
import { chartView } from '../charts/view.ts'
import { useStream } from '../panel.ts'
import { ActionDialog } from './action-dialog.tsx'
import { changeText } from './change-text.ts'

/** Proposals, actions and reports, newest first, with a chart of the key metric that marks the changes. */
export function History({ now }: { readonly now: AutopilotDocument }): JSX.Element {
  const { actions, more, keyMetric } = now
  const [shown, setShown] = useState<string | undefined>(undefined)
  const action = actions.find(({ id }) => id === shown)
  return (
    <section class="card panel" aria-label="History of actions">
      <header>
        <h2>History</h2>
        {more && <span class="muted">the latest {actions.length}</span>}
      </header>
      {actions.length === 0 ? (
        <p class="muted">No rule has fired yet.</p>
      ) : (
        <>
          <KeyMetricChart keyMetric={keyMetric} actions={actions} />
          <HistoryTable actions={actions} onShow={setShown} />
        </>
      )}
      {action !== undefined && <ActionDialog action={action} onClose={() => setShown(undefined)} />}
    </section>
  )
}

function KeyMetricChart(props: {
  readonly keyMetric: string | null
  readonly actions: readonly ActionRecord[]
}): JSX.Element | null {
  const { names } = useStream('metrics')
  const { markers } = useStream('ledger')
  const name = [props.keyMetric, props.actions[0]?.metric].find((one) => {
    return names.value?.names.some((known) => known.name === one) === true
  })
  const seqs = new Set(props.actions.map(({ seq }) => seq))
  const own = markers.value.filter(({ seq, source }) => seqs.has(seq) || source === 'autopilot' || source === 'ai')
  const stamp = own.map(({ seq }) => seq).join()
  const marks = useMemo(() => marksOfLines(own, markers.value), [stamp])
  const now = chartView()
  const view = useMemo(() => now, [JSON.stringify(now)])
  const spec = useMemo(() => ({ title: name ?? '', names: name == null ? [] : [name] }), [name])
  if (name === null || name === undefined) return null
  return <Chart spec={spec} view={view} pinned={NONE} marks={marks} />
}

const NONE: readonly string[] = []

function HistoryTable(props: {
  readonly actions: readonly ActionRecord[]
  readonly onShow: (id: string) => void
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <div class="scroll-x" role="region" aria-label="Actions" tabIndex={0}>
      <table class="plain stacked">
        <thead>
          <tr>
            <th class="number">Step</th>
            <th>Action</th>
            <th>Rule</th>
            <th>State</th>
            <th>Effect</th>
          </tr>
        </thead>
        <tbody>
          {props.actions.map((action) => (
            <HistoryRow key={action.id} action={action} onShow={props.onShow} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function HistoryRow({
  action,
  onShow,
}: {
  readonly action: ActionRecord
  readonly onShow: (id: string) => void
}): JSX.Element {
  const { id, step, rule, state, outcome } = action
  return (
    <tr data-action={id}>
      <td class="number" data-label="Step">
        {step ?? '–'}
      </td>
      <td>
        <button type="button" class="link" onClick={() => onShow(id)}>
          {changeText(action)} <span class="muted nowrap">{id}</span>
        </button>
      </td>
      <td>{rule}</td>
      <td>
        <span class={`badge bare ${LOOKS[state]}`}>{WORDS[state]}</span> <span class="muted">{answerText(action)}</span>
      </td>
      <td data-label="Effect" class={outcome === 'worse' ? 'bad-text' : ''}>
        {effectText(action) ?? <span class="muted">–</span>}
      </td>
    </tr>
  )
}

const LOOKS: Readonly<Record<ActionState, string>> = {
  told: '',
  open: 'warn',
  queued: 'accent',
  applied: 'good',
  failed: 'bad',
  frozen: 'bad',
  expired: '',
  dismissed: '',
  lapsed: '',
}

const WORDS: Readonly<Record<ActionState, string>> = {
  told: 'alert',
  open: 'open',
  queued: 'queued',
  applied: 'applied',
  failed: 'failed',
  frozen: 'frozen',
  expired: 'expired',
  dismissed: 'rejected',
  lapsed: 'lapsed',
}
