import { doneText } from '@hotcb/run'
import type { JSX } from 'preact'
import { formatNumber } from '../../shared/describe.ts'
import type { RunRow } from '../../shared/wire.ts'
import { SparklineView } from '../parts/sparkline.tsx'
import { StatusBadge } from '../parts/status.tsx'
import { ago } from '../parts/time.ts'
import type { RowStyle } from '../parts/virtual-rows.tsx'
import { follows, runHref } from '../route.ts'
import { sparklines } from './runs-store.ts'

/** One run in the table. */
export function RunLine(props: {
  readonly row: RunRow
  readonly style: RowStyle
  readonly index: number
}): JSX.Element {
  const { row, style, index } = props
  const { key_metric: key, last_change: change } = row
  const href = runHref(row.id)
  const slash = row.name.lastIndexOf('/')
  const [folder, name] = [row.name.slice(0, Math.max(0, slash)), row.name.slice(slash + 1)]
  return (
    <div class="row-grid runs-grid line" role="row" aria-rowindex={index + 2} style={style}>
      <span role="cell" class="cut">
        <a class="whole-row" href={href} onClick={(event) => follows(event, href)}>
          {name}
        </a>
        <br />
        <Origin row={row} folder={folder} />
      </span>
      <span role="cell">
        <StatusBadge status={row.status} reason={row.reason} />
      </span>
      <span role="cell" class="number cut">
        <KeyMetric of={key} />
      </span>
      <span role="cell" class="number cut drop">
        {row.step ?? '–'}
        <br />
        <span class="muted small-text">
          {row.steps_per_second === null
            ? doneText(row.step, row.max_steps) || ' '
            : `${formatNumber(row.steps_per_second, 3)}/s`}
        </span>
      </span>
      <span role="cell" class="drop">
        <SparklineView line={sparklines.value.get(row.id)} />
      </span>
      <span role="cell" class="cut">
        {change === null ? <span class="muted">none</span> : change.text}
        <br />
        <span class="muted small-text">
          {change === null
            ? ' '
            : `${change.decision === 'applied' ? '' : `${change.decision}, `}${change.source}${change.step === null ? '' : `, step ${change.step}`}`}
        </span>
      </span>
      <span role="cell" class="number muted">
        {ago(row.updated)}
      </span>
    </div>
  )
}

/** Where a run comes from; what is wrong with its files, if anything is. */
function Origin({ row, folder }: { readonly row: RunRow; readonly folder: string | undefined }): JSX.Element {
  const { problem, config, seed } = row
  if (problem !== null) {
    return (
      <span class="issue small-text" title={problem}>
        {withoutFolders(problem)}
      </span>
    )
  }
  const parts = [folder, config, seed === null ? null : `seed ${seed}`].filter(Boolean)
  return <span class="muted small-text">{parts.join(' · ') || ' '}</span>
}

function KeyMetric({ of: key }: { readonly of: RunRow['key_metric'] }): JSX.Element {
  return (
    <>
      {key === null ? <span class="muted">–</span> : <b>{formatNumber(key.value)}</b>}
      <br />
      <span class="muted small-text">{key === null ? ' ' : key.final ? `final ${key.name}` : key.name}</span>
    </>
  )
}

/** A problem with the names of files without their folders, which would push the reason out of a narrow column. */
function withoutFolders(problem: string): string {
  return problem.replace(/`[^`]*\/([^`/]+)`/g, '`$1`')
}
