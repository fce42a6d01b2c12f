import { TUNE_DESCRIPTOR } from '@hotcb/protocol'
import type { MutationState, TwinEffect } from '@hotcb/tune'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import type { TunerDocument, TunerMutation } from '../../../shared/tuner.ts'
import { marksOfLines } from '../../changes/rail-mark.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Chart } from '../charts/chart.tsx'
import '../charts/charts.css'
import { chartView } from '../charts/view.ts'
import { useStream } from '../panel.ts'
import { moveText } from './move-text.ts'
import { ObjectiveView } from './objective-view.tsx'

/** Shows the tuner's changes, marked in its objective's chart, with the verdict on each. */
export function MutationsCard({ tuner }: { readonly tuner: TunerDocument }): JSX.Element {
  const { mutations, counts } = tuner
  const [shown, setShown] = useState<string | undefined>(undefined)
  const mutation = mutations.find(({ id }) => id === shown)
  return (
    <section class="card panel" aria-label="The tuner's changes">
      <header>
        <h2>What it tried</h2>
        {counts.all > mutations.length && <span class="muted">the latest {mutations.length}</span>}
      </header>
      {mutations.length === 0 ? (
        <p class="muted">It has not tried anything yet.</p>
      ) : (
        <>
          <ObjectiveChart mutations={mutations} />
          <MutationsTable mutations={mutations} onShow={setShown} />
        </>
      )}
      {mutation !== undefined && (
        <Dialog title={`${mutation.id} ${moveText(mutation)}`} onClose={() => setShown(undefined)}>
          <ObjectiveView mutation={mutation} />
          <ul>
            {mutation.lines.slice(1).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Dialog>
      )}
    </section>
  )
}

function ObjectiveChart({ mutations }: { readonly mutations: readonly TunerMutation[] }): JSX.Element | null {
  const { names } = useStream('metrics')
  const { markers } = useStream('ledger')
  const metric = mutations[0]?.metric ?? ''
  const own = markers.value.filter(({ source, op }) => source === TUNE_DESCRIPTOR.name && op === 'set_params')
  const seqs = new Set(mutations.map(({ appliedSeq }) => appliedSeq))
  const accepted = markers.value.filter((mark) => seqs.has(mark.seq) && !own.includes(mark))
  const all = [...own, ...accepted].sort((a, b) => a.step - b.step)
  const stamp = all.map(({ seq }) => seq).join()
  const marks = useMemo(() => marksOfLines(all, markers.value), [stamp])
  const now = chartView()
  const view = useMemo(() => now, [JSON.stringify(now)])
  const spec = useMemo(() => ({ title: metric, names: [metric] }), [metric])
  if (names.value?.names.some(({ name }) => name === metric) !== true) return null
  return <Chart spec={spec} view={view} pinned={NONE} marks={marks} />
}

const NONE: readonly string[] = []

function MutationsTable(props: {
  readonly mutations: readonly TunerMutation[]
  readonly onShow: (id: string) => void
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <div class="scroll-x" role="region" aria-label="Table of changes" tabIndex={0}>
      <table class="plain stacked">
        <thead>
          <tr>
            <th class="number">Step</th>
            <th>Change</th>
            <th>Phase</th>
            <th>Verdict</th>
            <th class="number">Score</th>
            <th>Against its twin</th>
          </tr>
        </thead>
        <tbody>
          {props.mutations.map((mutation) => (
            <MutationRow key={mutation.id} mutation={mutation} onShow={props.onShow} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function MutationRow(props: { readonly mutation: TunerMutation; readonly onShow: (id: string) => void }): JSX.Element {
  const { mutation, onShow } = props
  const { id, step, phase, state, judgement, twin } = mutation
  return (
    <tr data-mutation={id}>
      <td class="number" data-label="Step">
        {step}
      </td>
      <td>
        <button type="button" class="link" onClick={() => onShow(id)}>
          {moveText(mutation)} <span class="muted nowrap">{id}</span>
        </button>
      </td>
      <td data-label="Phase">{phase}</td>
      <td>
        <span class={`badge bare ${LOOKS[state]}`}>{WORDS[state]}</span>
        {judgement?.bad != null && <span class="muted"> {judgement.bad}</span>}
        {judgement?.putBack != null && <span class="muted"> {judgement.putBack} restored</span>}
      </td>
      <td class="number nowrap" data-label="Score">
        {judgement?.score == null ? '–' : formatNumber(judgement.score, 3)}
        {judgement?.z != null && <span class="muted"> z {formatNumber(judgement.z, 2)}</span>}
      </td>
      <td data-label="Twin">{twin === null ? <span class="muted">–</span> : twinText(twin)}</td>
    </tr>
  )
}

function twinText({ metric, difference, low, high, steps }: TwinEffect): string {
  const sign = (value: number): string => `${value > 0 ? '+' : ''}${formatNumber(value, 3)}`
  return `${metric} ${sign(difference)} (${sign(low)} to ${sign(high)}) over ${steps} steps`
}

const LOOKS: Readonly<Record<MutationState, string>> = {
  suggested: 'warn',
  declined: '',
  asked: 'accent',
  applied: 'accent',
  accepted: 'good',
  rejected: 'bad',
  void: '',
  failed: 'bad',
  lapsed: '',
}

const WORDS: Readonly<Record<MutationState, string>> = {
  suggested: 'suggested',
  declined: 'declined',
  asked: 'requested',
  applied: 'being judged',
  accepted: 'accepted',
  rejected: 'rejected',
  void: 'not judged',
  failed: 'not applied',
  lapsed: 'lapsed',
}
