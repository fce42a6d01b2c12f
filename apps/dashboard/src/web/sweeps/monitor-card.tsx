import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import type { ProposalAnswer, SweepMonitor } from '../../shared/sweeps/sweep-wire.ts'
import { send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import { ago, dateTime, timeOfDay } from '../parts/time.ts'
import { useOnce } from '../parts/use-once.ts'
import { isViewer } from '../run/rights.ts'
import type { SweepStore } from './sweep-store.ts'
import { useRepeated } from './use-repeated.ts'
import './monitor-card.css'

/** Shows the sweep's monitor: whether it is running, its costs and plan, its proposals, and the latest messages. */
export function MonitorCard({ store }: { readonly store: SweepStore }): JSX.Element {
  const monitor = useRepeated<SweepMonitor>(`sweeps/${encodeURIComponent(store.id)}/monitor`, 4000)
  return (
    <section class="card panel monitor-card" aria-label="Monitor">
      <header>
        <h2>Monitor</h2>
        {monitor !== undefined && <Health monitor={monitor} />}
      </header>
      {monitor === undefined ? (
        <p class="muted">Looking…</p>
      ) : monitor.tick === null && monitor.living === null ? (
        <p class="muted">
          No monitor has run here. Start one with <code>herd monitor</code>.
        </p>
      ) : (
        <>
          <Ticks monitor={monitor} />
          <Proposals store={store} proposals={monitor.proposals} />
          <Spend spend={monitor.spend} />
          {monitor.plan !== null && (
            <details>
              <summary>Plan</summary>
              <pre class="monitor-text">{monitor.plan}</pre>
            </details>
          )}
          <Chat chat={monitor.chat} />
        </>
      )}
    </section>
  )
}

const GOOD: ReadonlySet<string> = new Set(['running', 'passive', 'starting'])

function Health({ monitor: { living } }: { readonly monitor: SweepMonitor }): JSX.Element {
  if (living === null) return <span class="badge">not running</span>
  const { health, process, seen_at: seenAt } = living
  return (
    <>
      <span class={`badge ${GOOD.has(health) ? 'good' : 'bad'}`}>{health}</span>
      <span class="muted small-text" title={process}>
        last sign of life {agoText(seenAt)}
      </span>
    </>
  )
}

function agoText(seconds: number): string {
  const age = ago(seconds)
  return age === 'now' ? 'just now' : `${age} ago`
}

function Ticks({ monitor }: { readonly monitor: SweepMonitor }): JSX.Element {
  const { tick, tick_at: tickAt, next_at: nextAt, living, halted } = monitor
  return (
    <p class="small-text">
      {tick === null || tickAt === null ? (
        'It has not finished a tick yet.'
      ) : (
        <span title={dateTime(tickAt)}>
          Tick {tick} ended {agoText(tickAt)}.
        </span>
      )}
      {living !== null &&
        nextAt !== null &&
        nextAt > 0 &&
        ` The next one is at ${timeOfDay(nextAt * 1000)} at the latest.`}
      {living?.why !== null && living?.why !== undefined && ` The model: ${living.why}.`}
      {halted !== null && ` It stopped: ${halted}.`}
    </p>
  )
}

function Proposals(props: {
  readonly store: SweepStore
  readonly proposals: SweepMonitor['proposals']
}): JSX.Element | null {
  const { store, proposals } = props
  if (proposals.length === 0) return null
  return (
    <ul class="monitor-list" aria-label="Waiting proposals">
      {proposals.map((proposal) => (
        <li key={proposal.id}>
          <p class="monitor-text">{proposal.text}</p>
          {proposal.answer === null ? (
            <AnswerButtons store={store} id={proposal.id} />
          ) : (
            <p class="muted small-text">{proposal.answer}; the monitor has not read the answer yet</p>
          )}
        </li>
      ))}
    </ul>
  )
}

function AnswerButtons({ store, id }: { readonly store: SweepStore; readonly id: string }): JSX.Element | null {
  const approving = useOnce(() => answer(store, id, 'approved'))
  const rejecting = useOnce(() => answer(store, id, 'rejected'))
  if (isViewer()) return null
  const isBusy = approving.isBusy || rejecting.isBusy
  return (
    <div class="actions">
      <button
        type="button"
        class="button small primary"
        aria-label={`Approve proposal ${id}`}
        disabled={isBusy}
        onClick={approving.begin}
      >
        Approve
      </button>
      <button
        type="button"
        class="button small"
        aria-label={`Reject proposal ${id}`}
        disabled={isBusy}
        onClick={rejecting.begin}
      >
        Reject
      </button>
    </div>
  )
}

async function answer(store: SweepStore, proposal: string, verdict: 'approved' | 'rejected'): Promise<void> {
  const author = await askAuthor()
  if (author === undefined) return
  try {
    const path = `sweeps/${encodeURIComponent(store.id)}/monitor/answers`
    const { note } = await send<ProposalAnswer>(path, { proposal, verdict, author: author.sent })
    const text = `Proposal ${proposal} is ${verdict}${note === null ? '' : `; ${note}`}.`
    store.notice.value = { text, isBad: false }
  } catch (error) {
    store.notice.value = { text: messageOf(error), isBad: true }
  }
}

const NAMES: Readonly<Record<SweepMonitor['spend'][number]['name'], string>> = {
  usd: 'Spent',
  usd_per_day: 'Spent today',
  calls: 'Model calls',
  tokens: 'Tokens',
}

function Spend({ spend }: { readonly spend: SweepMonitor['spend'] }): JSX.Element {
  return (
    <dl class="pairs small-text" aria-label="Spending">
      {spend.map(({ name, used, most }) => (
        <>
          <dt>{NAMES[name]}</dt>
          <dd>
            {amount(name, used)}
            {most !== null && ` of ${amount(name, most)}`}
          </dd>
        </>
      ))}
    </dl>
  )
}

function amount(name: SweepMonitor['spend'][number]['name'], value: number): string {
  if (name === 'calls' || name === 'tokens') return String(value)
  return value === 0 || value >= 0.01 ? `$${value.toFixed(2)}` : `$${value.toFixed(6).replace(/0+$/, '')}`
}

function Chat({ chat }: { readonly chat: SweepMonitor['chat'] }): JSX.Element | null {
  if (chat.length === 0) return null
  return (
    <ol class="monitor-list" aria-label="Latest messages">
      {chat.map(({ timestamp, role, author, text }, at) => (
        <li key={`${timestamp} ${at}`}>
          <span class="muted small-text">
            {role === 'agent' ? 'monitor' : author} {timeOfDay(Date.parse(timestamp) || 0)}
          </span>
          <p class="monitor-text">{text}</p>
        </li>
      ))}
    </ol>
  )
}
