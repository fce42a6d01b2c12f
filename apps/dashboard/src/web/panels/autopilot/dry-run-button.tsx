import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DryRunAnswer } from '../../../shared/autopilot.ts'
import { runPath, send } from '../../api.ts'
import { operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/** Tries rules on the run's records: the rules in effect, or the edited text of one of their files. */
export function DryRunButton(props: {
  readonly draft: { readonly file: string; readonly text: string } | undefined
  readonly onAnswer: (answer: DryRunAnswer) => void
}): JSX.Element {
  const run = useRun()
  const [isRunning, setRunning] = useState(false)
  const [problem, setProblem] = useState('')
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])
  const barred = operateReason(run)
  const start = async (): Promise<void> => {
    setRunning(true)
    setProblem('')
    stop.current = new AbortController()
    try {
      const path = runPath(run.id, 'autopilot/dry-run')
      props.onAnswer(await send<DryRunAnswer>(path, props.draft ?? {}, 'POST', stop.current.signal))
    } catch (error) {
      if (!stop.current.signal.aborted) setProblem(messageOf(error))
    }
    setRunning(false)
  }
  return (
    <>
      {problem !== '' && (
        <span class="issue" role="alert">
          {problem}
        </span>
      )}
      <button
        type="button"
        class="button small"
        disabled={barred !== undefined}
        title={barred ?? "Shows where these rules would have fired on this run's records. Nothing is written."}
        onClick={() => (isRunning ? stop.current.abort() : void start())}
      >
        {isRunning ? 'Stop the dry run' : 'Dry run'}
      </button>
    </>
  )
}
