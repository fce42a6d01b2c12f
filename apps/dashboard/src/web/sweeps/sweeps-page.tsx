import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { STATES, type SweepList, type SweepRow } from '../../shared/sweeps/sweep-wire.ts'
import { ask } from '../api.ts'
import { ago } from '../parts/time.ts'
import { follows, sweepHref } from '../route.ts'
import { StateBadge } from './state-badge.tsx'
import './sweeps.css'

const LOOK_MS = 3000

/** Shows the sweeps in the served directories. */
export function SweepsPage(): JSX.Element {
  const { sweeps, problem } = useSweeps()
  useEffect(() => {
    document.title = 'Sweeps · hotcb'
  }, [])
  return (
    <main id="main" class="page">
      <h1 class="page-title">Sweeps</h1>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {sweeps === undefined ? (
        <p role="status" class="muted">
          Looking for sweeps…
        </p>
      ) : sweeps.length === 0 ? (
        <NoSweeps />
      ) : (
        <ul class="sweep-list">
          {sweeps.map((row) => (
            <SweepCard key={row.id} row={row} />
          ))}
        </ul>
      )}
    </main>
  )
}

function useSweeps(): { readonly sweeps: readonly SweepRow[] | undefined; readonly problem: string | null } {
  const [sweeps, setSweeps] = useState<readonly SweepRow[] | undefined>(undefined)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      try {
        const list = await ask<SweepList>('sweeps')
        if (isOver) return
        setSweeps([...list.sweeps].sort((a, b) => (b.changed ?? 0) - (a.changed ?? 0)))
        setProblem(null)
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
  }, [])
  return { sweeps, problem }
}

function SweepCard({ row }: { readonly row: SweepRow }): JSX.Element {
  const { id, name, place, totals, trials, executor, driven, changed, problem } = row
  const href = sweepHref(id)
  return (
    <li class="card sweep-card">
      <div class="sweep-card-head">
        <h2 class="cut">
          {problem === null || trials > 0 ? (
            <a href={href} onClick={(event) => follows(event, href)}>
              {name}
            </a>
          ) : (
            name
          )}
        </h2>
        {place !== name && <span class="muted small-text cut">{place}</span>}
        <span class="spacer" />
        <span class="muted small-text nowrap">
          {executor !== null && executor}
          {driven && ', driven'}
          {changed !== null && `, ${ago(changed)}${ago(changed) === 'now' ? '' : ' ago'}`}
        </span>
      </div>
      {problem !== null && <p class="muted">{problem}</p>}
      {trials > 0 && (
        <div class="actions">
          <span class="muted">{trials === 1 ? '1 trial' : `${trials} trials`}</span>
          {STATES.map((state) => {
            const count = totals[state]
            return count === undefined ? null : <StateBadge key={state} state={state} count={count} />
          })}
        </div>
      )}
    </li>
  )
}

function NoSweeps(): JSX.Element {
  return (
    <div class="card empty">
      <h2>No sweeps yet</h2>
      <p>A sweep appears here when a directory that this server serves contains a hyperherd.yaml. To try it:</p>
      <pre>herd init --example digits && herd run</pre>
    </div>
  )
}
