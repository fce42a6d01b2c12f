import { messageOf } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { TrialDetail } from '../../shared/sweeps/sweep-wire.ts'
import { ask, send } from '../api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { dateTime, duration } from '../parts/time.ts'
import { goTo, runHref } from '../route.ts'
import { RequestButtons } from './request-buttons.tsx'
import { StateBadge } from './state-badge.tsx'
import { cellText } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'

/** The trial whose dialog is open; null if none is. */
const shown = signal<number | null>(null)

export function openTrial(i: number): void {
  shown.value = i
}

function closeTrial(): void {
  shown.value = null
}

const LOOK_MS = 1500

/** Shows one trial's details in a dialog. */
export function TrialDialog({ store }: { readonly store: SweepStore }): JSX.Element | null {
  const i = shown.value
  useEffect(() => closeTrial, [])
  if (i === null) return null
  return (
    <Dialog title={`Trial ${i}`} onClose={closeTrial}>
      <TrialContent key={i} store={store} i={i} />
    </Dialog>
  )
}

function TrialContent({ store, i }: { readonly store: SweepStore; readonly i: number }): JSX.Element {
  const { detail, problem } = useTrial(store, i)
  if (detail === undefined) return <p role="status">{problem ?? 'Reading…'}</p>
  return (
    <>
      <section>
        <div class="actions">
          <StateBadge state={detail.state} />
          <span class="mono cut">{detail.name}</span>
        </div>
        {detail.why !== null && <p>{detail.why}</p>}
        <div class="actions">
          <RequestButtons store={store} trials={[i]} />
          <RunButton store={store} i={i} />
        </div>
      </section>
      <Values title="Parameters" values={detail.params} />
      <Values title="Results" values={detail.metrics} />
      <Attempts attempts={detail.attempts} />
      {detail.decisions.length > 0 && (
        <section>
          <h3>Decisions</h3>
          <ul>
            {detail.decisions.map((text) => (
              <li key={text} class="small-text">
                {text}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Printed title="Errors" text={detail.errors} />
      <Printed title="Output" text={detail.output} />
    </>
  )
}

function useTrial(store: SweepStore, i: number): { detail: TrialDetail | undefined; problem: string | null } {
  const [detail, setDetail] = useState<TrialDetail | undefined>(undefined)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      try {
        const next = await ask<TrialDetail>(`sweeps/${encodeURIComponent(store.id)}/trials/${i}`)
        if (!isOver) setDetail(next)
      } catch (error) {
        if (!isOver) setProblem(messageOf(error))
      }
      if (!isOver) timer = setTimeout(() => void look(), LOOK_MS)
    }
    void look()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [store, i])
  return { detail, problem }
}

function RunButton({ store, i }: { readonly store: SweepStore; readonly i: number }): JSX.Element {
  const [problem, setProblem] = useState('')
  const open = async (): Promise<void> => {
    try {
      const { run } = await send<{ run: string }>(`sweeps/${encodeURIComponent(store.id)}/trials/${i}/run`, {})
      goTo(runHref(run))
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <>
      <button type="button" class="button small" onClick={() => void open()}>
        Open its run
      </button>
      <span role="alert" class="small-text">
        {problem}
      </span>
    </>
  )
}

function Values(props: { readonly title: string; readonly values: TrialDetail['params'] }): JSX.Element | null {
  const entries = Object.entries(props.values)
  if (entries.length === 0) return null
  return (
    <section>
      <h3>{props.title}</h3>
      <dl class="pairs">
        {entries.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{cellText(value)}</dd>
          </>
        ))}
      </dl>
    </section>
  )
}

function Attempts({ attempts }: Pick<TrialDetail, 'attempts'>): JSX.Element | null {
  if (attempts.length === 0) return null
  return (
    <section>
      <h3>{attempts.length === 1 ? 'Attempt' : 'Attempts'}</h3>
      <ul>
        {attempts.map(({ n, state, begun, ended, code, reason, job, node }) => (
          <li key={n}>
            {n}: {reason ?? state}
            {code !== null && code !== 0 && `, exit code ${code}`}
            {begun !== null && `, ${dateTime(begun)}`}
            {begun !== null && ended !== null && `, ${duration(ended - begun)}`}
            {job !== null && `, job ${job}`}
            {node !== null && ` on ${node}`}
          </li>
        ))}
      </ul>
    </section>
  )
}

const MOST_LETTERS = 4000

function Printed({ title, text }: { readonly title: string; readonly text: string | null }): JSX.Element | null {
  if (text === null || text.trim() === '') return null
  return (
    <section>
      <h3>{title}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard. */}
      <pre class="trial-output" tabIndex={0} role="group" aria-label={title}>
        {text.slice(-MOST_LETTERS)}
      </pre>
    </section>
  )
}
