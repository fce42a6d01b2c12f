import type { JSX } from 'preact'
import { formatNumber } from '../../../shared/describe.ts'
import type { RunDetail, RunRow } from '../../../shared/wire.ts'
import { dateTime, duration } from '../../parts/time.ts'

function keyName(key: RunRow['key_metric']): string {
  if (key === null) return 'Key metric'
  return key.final ? `Final ${key.name}` : key.name
}

/** Shows the basic facts about a run. */
export function Tiles({ detail }: { readonly detail: RunDetail }): JSX.Element {
  const { row, run, state, checkpoints } = detail
  const seconds =
    run?.started_at != null
      ? (run.completed_at == null ? row.updated : Date.parse(run.completed_at) / 1000) -
        Date.parse(run.started_at) / 1000
      : null
  const facts: [string, string][] = [
    ['Step', row.step === null ? '–' : String(row.step)],
    ['Steps done', row.step === null || row.max_steps === null ? '–' : `${row.step + 1} of ${row.max_steps}`],
    [keyName(row.key_metric), formatNumber(row.key_metric?.value)],
    ['Trained for', seconds === null || Number.isNaN(seconds) ? '–' : duration(seconds)],
    ['Started', run?.started_at == null ? '–' : dateTime(Date.parse(run.started_at) / 1000)],
    ['Seed', row.seed === null ? '–' : String(row.seed)],
    ['Attempt', row.attempt === null ? '–' : String(row.attempt)],
    ['Kernel', row.kernel ?? 'none seen'],
    ['Host', state?.kernel.host == null ? '–' : `${state.kernel.host} (${state.kernel.pid})`],
    ['Checkpoints', checkpoints.length === 0 ? 'none' : `${checkpoints.length}, newest ${checkpoints.at(-1)?.tag}`],
  ]
  return (
    <dl class="card tiles">
      {facts.map(([name, value]) => (
        <div class="tile" key={name}>
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
