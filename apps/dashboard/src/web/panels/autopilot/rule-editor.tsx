import { firingsText, type RuleProblem, readRuleFile } from '@hotcb/autopilot'
import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { DryRunAnswer, RuleFile } from '../../../shared/autopilot.ts'
import { ApiError, ask, runPath, send } from '../../api.ts'
import { ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { DryRunButton } from './dry-run-button.tsx'

/** Edits the rule files as text. Errors are shown while typing, and a file with an error cannot be saved. */
export function RuleEditor({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { id } = useRun()
  const [files, setFiles] = useState<readonly RuleFile[]>([])
  const [shown, setShown] = useState('')
  const [problem, setProblem] = useState('')
  const [reads, setReads] = useState(0)
  useEffect(() => {
    ask<{ readonly files: readonly RuleFile[] }>(runPath(id, 'autopilot/rules')).then(
      (answer) => {
        setFiles(answer.files)
        setShown((before) =>
          answer.files.some(({ file }) => file === before) ? before : (answer.files[0]?.file ?? ''),
        )
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  }, [reads])
  const file = files.find((one) => one.file === shown)
  return (
    <div class="rule-editor">
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {files.length > 1 && (
        <select
          class="select small"
          aria-label="Rule file"
          value={shown}
          onChange={(event) => setShown(event.currentTarget.value)}
        >
          {files.map((one) => (
            <option key={one.file}>{one.file}</option>
          ))}
        </select>
      )}
      {file !== undefined && (
        <FileEditor
          key={`${file.file} ${file.stamp} ${reads}`}
          file={file}
          onRead={() => setReads(reads + 1)}
          onClose={onClose}
        />
      )}
    </div>
  )
}

function FileEditor(props: {
  readonly file: RuleFile
  readonly onRead: () => void
  readonly onClose: () => void
}): JSX.Element {
  const { file, onRead, onClose } = props
  const run = useRun()
  const area = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(file.text)
  const [hasChanged, setChanged] = useState(false)
  const [tried, setTried] = useState<DryRunAnswer | undefined>(undefined)
  const problems = useMemo(() => problemsOf(text, file.file), [text])
  const barred = ownReason(run)
  const save = (): void => {
    void run.answers.act(`save ${file.file}`, async () => {
      try {
        await send(runPath(run.id, 'autopilot/rules'), { file: file.file, text, stamp: file.stamp }, 'PUT')
      } catch (error) {
        setChanged(error instanceof ApiError && error.code === 'changed')
        throw error
      }
      onClose()
      return 'a running autopilot reads it within seconds'
    })
  }
  const isSame = text === file.text && file.stamp !== null
  return (
    <>
      <label class="muted small-text" for="rule-text">
        {file.file}
        {file.stamp === null &&
          ': the built-in rules, as a file to start from. If you save it, it replaces them for this run.'}
      </label>
      <textarea
        ref={area}
        id="rule-text"
        class="input mono"
        rows={18}
        spellcheck={false}
        aria-invalid={problems.length > 0}
        aria-describedby="rule-problems"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Problems problems={problems} onGo={(one) => goTo(area.current, one)} />
      {hasChanged && (
        <p class="notice warn" role="alert">
          The file has changed since this page read it.
          <button type="button" class="button small" onClick={onRead}>
            Reload it and discard my changes
          </button>
        </p>
      )}
      <div class="actions">
        <button
          type="button"
          class="button primary"
          disabled={barred !== undefined || problems.length > 0 || isSame}
          title={barred}
          onClick={save}
        >
          Save
        </button>
        <DryRunButton draft={{ file: file.file, text }} onAnswer={setTried} />
        <button type="button" class="button quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
      {tried !== undefined && <Tried tried={tried} />}
    </>
  )
}

function Problems(props: {
  readonly problems: readonly RuleProblem[]
  readonly onGo: (problem: RuleProblem) => void
}): JSX.Element {
  return (
    <ul id="rule-problems" class="rule-problems" aria-live="polite">
      {props.problems.slice(0, MOST_PROBLEMS).map((problem) => (
        <li key={`${problem.line}:${problem.column} ${problem.message}`} class="issue">
          <button type="button" class="link mono" onClick={() => props.onGo(problem)}>
            {problem.line}:{problem.column}
          </button>{' '}
          {problem.message}
        </li>
      ))}
    </ul>
  )
}

const MOST_PROBLEMS = 20

function Tried({ tried }: { readonly tried: DryRunAnswer }): JSX.Element {
  return (
    <div role="status">
      <ul class="tried" aria-label="Dry run">
        {tried.problems.length > 0 && <li class="issue">The text has errors.</li>}
        {tried.rules.map(({ rule, steps, count, because }) => (
          <li key={rule} data-tried={rule}>
            <b>{rule}</b> {firingsText(steps, count)}
            {because !== null && <span class="muted"> · {because}</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function problemsOf(text: string, file: string): readonly RuleProblem[] {
  const read = readRuleFile(text, { file })
  return read.ok ? [] : read.problems
}

/** Moves the cursor to an error. */
function goTo(area: HTMLTextAreaElement | null, { line, column }: RuleProblem): void {
  if (area === null) return
  const lines = area.value.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  const at = before + Math.min(column - 1, lines[line - 1]?.length ?? 0)
  area.focus()
  area.setSelectionRange(at, at)
}
