import type { Trajectory } from '@hotcb/metrics/judge'
import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useRun } from '../../run/run-context.ts'
import { changesTraining } from '../change/training-change.ts'
import { useStream } from '../panel.ts'
import { askTrajectory, firstChoice } from './ask-trajectory.ts'
import { PathPlot } from './path-plot.tsx'
import './trajectory.css'
import { FillingLine } from '../../parts/empty-state.tsx'
import { FILLING_CODE } from '../../parts/filling-lines.ts'

const AGAIN_MS = 5000

/** Shows the path of the run through the space of its metrics. It shows where the run turns, and whether a change caused it. */
export function TrajectoryPanel(): JSX.Element {
  const { names } = useStream('metrics')
  const { markers } = useStream('ledger')
  const all = (names.value?.names ?? []).filter(({ count }) => count > 1).map(({ name }) => name)
  const [chosen, setChosen] = useState<readonly string[] | undefined>(undefined)
  const shown = chosen ?? firstChoice(all)
  const { path, problem, isAsked } = usePath(shown)
  return (
    <section class="card panel" aria-label="Path through the metrics">
      <header>
        <h2>Path through the metrics</h2>
      </header>
      <p class="muted">
        Each point is the run at one step, plotted along the two directions in which its metrics vary most. It ends at
        the dot. A turn where a change is marked shows that the metrics moved differently afterwards.
      </p>
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {path !== undefined && <PathPlot path={path} marks={markers.value.filter(changesTraining)} />}
      {path === undefined && isAsked && (
        <>
          <p class="muted" role="status">
            A path needs two metrics that change, with values at eight steps:
          </p>
          <FillingLine line={FILLING_CODE.path} />
        </>
      )}
      {path !== undefined && <Axes path={path} />}
      <Choice all={all} shown={shown} onChoose={setChosen} />
    </section>
  )
}

function usePath(shown: readonly string[]): {
  readonly path: Trajectory | undefined
  readonly problem: string
  readonly isAsked: boolean
} {
  const { id } = useRun()
  const [path, setPath] = useState<Trajectory | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const [isAsked, setAsked] = useState(false)
  useEffect(() => {
    let isLeft = false
    const look = async (): Promise<void> => {
      try {
        const found = shown.length < 2 ? undefined : await askTrajectory(id, shown)
        if (isLeft) return
        setPath(found)
        setProblem('')
        setAsked(true)
      } catch (error) {
        if (!isLeft) setProblem(messageOf(error))
      }
    }
    void look()
    const timer = setInterval(() => void look(), AGAIN_MS)
    return () => {
      isLeft = true
      clearInterval(timer)
    }
  }, [id, shown.join('\n')])
  return { path, problem, isAsked }
}

/** Shows the meaning of the two directions. */
function Axes({ path }: { readonly path: Trajectory }): JSX.Element {
  return (
    <dl class="pairs">
      {path.axes.map(({ share, correlations }, axis) => (
        <>
          <dt>{axis === 0 ? 'To the right' : 'Upwards'}</dt>
          <dd>
            {Math.round(100 * share)} % of the variance:{' '}
            {correlations
              .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))
              .slice(0, 4)
              .map(({ name, value }) => `${name} ${value < 0 ? 'falls' : 'rises'} (${value.toFixed(2)})`)
              .join(', ')}
          </dd>
        </>
      ))}
    </dl>
  )
}

function Choice(props: {
  readonly all: readonly string[]
  readonly shown: readonly string[]
  readonly onChoose: (names: readonly string[]) => void
}): JSX.Element {
  const { all, shown, onChoose } = props
  return (
    <details>
      <summary>
        Metrics ({shown.length} of {all.length})
      </summary>
      <div class="path-metrics">
        {all.slice(0, MOST_OFFERED).map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={shown.includes(name)}
              onChange={() =>
                onChoose(shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name])
              }
            />{' '}
            {name}
          </label>
        ))}
      </div>
    </details>
  )
}

const MOST_OFFERED = 200
