import { CB_DESCRIPTOR, isObject } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import type { CommandDraft } from '../../../shared/draft.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { operateReason, ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'

const module = CB_DESCRIPTOR.name

/** Shows the callbacks and their cost, with buttons to load, reload, enable and disable them. */
export function CallbacksPanel(): JSX.Element {
  const run = useRun()
  const { answers } = run
  const { detail } = useStream('state')
  const status = detail.value?.state?.modules[module]
  const entries = isObject(status) ? Object.entries(status).filter((entry) => isObject(entry[1])) : []
  const send = (draft: CommandDraft): void => void answers.send([draft])
  return (
    <>
      {entries.length === 0 ? (
        <EmptyState title="No callbacks are loaded" line={FILLING_COMMANDS.callbacks}>
          A callback is a file that the trainer loads and calls at its events. Load one below, or in a terminal:
        </EmptyState>
      ) : (
        <div class="card panel scroll-x">
          <table class="plain">
            <thead>
              <tr>
                <th>Callback</th>
                <th>State</th>
                <th class="number">Calls</th>
                <th class="number">Errors</th>
                <th class="number">Mean</th>
                <th class="number">Longest</th>
                <th class="number">Share of time</th>
                <th>
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {entries.map(([id, value]) => (
                <CallbackRow
                  key={id}
                  id={id}
                  status={isObject(value) ? value : {}}
                  send={send}
                  reason={operateReason(run)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <LoadForm send={send} reason={ownReason(run)} />
    </>
  )
}

function CallbackRow(props: {
  readonly id: string
  readonly status: Record<string, unknown>
  readonly send: (draft: CommandDraft) => void
  readonly reason: string | undefined
}): JSX.Element {
  const { id, status, send, reason: barred } = props
  const {
    enabled,
    calls,
    errors,
    mean_ms: mean,
    max_ms: longest,
    share,
    reason,
    target,
    init,
    last_error: lastError,
  } = status
  const place = isObject(target) ? String(target['path'] ?? '') : 'provided by the trainer'
  const reload = (): void => {
    if (!isObject(target)) return
    // The command repeats the target from which the kernel loaded it, and the original init parameters.
    const draft = { module, op: 'load', id, target, init: init ?? {}, enabled: enabled === true }
    send(draft as unknown as CommandDraft)
  }
  return (
    <tr>
      <td>
        <b>{id}</b>
        <br />
        <span class="muted small-text">{place}</span>
      </td>
      <td>
        <span class={`badge ${enabled === true ? 'good' : ''}`}>{enabled === true ? 'on' : 'off'}</span>
        {typeof reason === 'string' && <p class="issue small-text">{reason}</p>}
        {isObject(lastError) && <p class="issue small-text">{String(lastError['message'] ?? '')}</p>}
      </td>
      <td class="number">{numberText(calls)}</td>
      <td class="number">{numberText(errors)}</td>
      <td class="number">{milliseconds(mean)}</td>
      <td class="number">{milliseconds(longest)}</td>
      <td class="number">{typeof share === 'number' ? `${formatNumber(share * 100, 2)} %` : '–'}</td>
      <td>
        <div class="actions">
          <button
            type="button"
            class="button small"
            disabled={barred !== undefined}
            title={barred}
            onClick={() => send({ module, op: enabled === true ? 'disable' : 'enable', id })}
          >
            {enabled === true ? 'Disable' : 'Enable'}
          </button>
          {isObject(target) && (
            <button type="button" class="button small" disabled={barred !== undefined} title={barred} onClick={reload}>
              Reload
            </button>
          )}
          <button
            type="button"
            class="button small quiet danger"
            disabled={barred !== undefined}
            title={barred}
            onClick={() => send({ module, op: 'unload', id })}
          >
            Unload
          </button>
        </div>
      </td>
    </tr>
  )
}

function LoadForm(props: {
  readonly send: (draft: CommandDraft) => void
  readonly reason: string | undefined
}): JSX.Element {
  const { send, reason } = props
  const [id, setId] = useState('')
  const [path, setPath] = useState('')
  const [symbol, setSymbol] = useState('default')
  const submit = (event: Event): void => {
    event.preventDefault()
    send({ module, op: 'load', id, target: { kind: 'file', path, symbol }, enabled: true })
  }
  return (
    <form class="card panel" onSubmit={submit}>
      <header>
        <h2>Load a callback</h2>
      </header>
      <div class="toolbar">
        <input
          class="input"
          placeholder="id"
          aria-label="Callback id"
          required
          value={id}
          onInput={(event) => setId(event.currentTarget.value)}
        />
        <input
          class="input search"
          placeholder="file in the run's or the trainer's directory"
          aria-label="File"
          required
          value={path}
          onInput={(event) => setPath(event.currentTarget.value)}
        />
        <input
          class="input"
          placeholder="export"
          aria-label="Name of the export"
          value={symbol}
          onInput={(event) => setSymbol(event.currentTarget.value)}
        />
        <button type="submit" class="button primary" disabled={reason !== undefined} title={reason}>
          Load
        </button>
      </div>
      <p class="muted small-text">The trainer reads the file from its own disk; nothing is uploaded from here.</p>
    </form>
  )
}

function numberText(value: unknown): string {
  return typeof value === 'number' ? formatNumber(value) : '–'
}

function milliseconds(value: unknown): string {
  return typeof value === 'number' ? `${formatNumber(value, 3)} ms` : '–'
}
