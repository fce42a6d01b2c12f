import { completeLine } from '@hotcb/commands'
import type { JSX, RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { isTyping } from '../parts/help.tsx'
import { modeOf, stepOf, totalOf } from '../staged/apply-staged.ts'
import { CompletionList } from './completion-list.tsx'
import { factsOf } from './line-facts.ts'
import { usePastLines } from './past-lines.ts'
import { operateReason, roleReason } from './rights.ts'
import { useRun } from './run-context.ts'
import { sendLine } from './send-line.ts'

/** Shows an input for one command line, with completion as the person types. */
export function CommandBar(): JSX.Element {
  const at = useRun()
  const { detail, words, answers } = at
  const input = useRef<HTMLInputElement>(null)
  const [line, setLine] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const [warned, setWarned] = useState('')
  const [refusal, setRefusal] = useState<string | undefined>(undefined)
  const past = usePastLines()
  const { table, sections } = words.value
  const facts = factsOf(detail.value, table)
  const completions = isOpen ? completeLine(line, sections, facts) : []
  const barred = roleReason(detail.value)
  useColonKey(input)
  const change = (next: string): void => {
    setLine(next)
    setChosen(-1)
    setOpen(true)
    setRefusal(undefined)
  }
  const run = async (): Promise<void> => {
    setOpen(false)
    const reason = operateReason(at)
    if (reason !== undefined) return setRefusal(reason)
    const now = detail.value
    // A second Enter sends the command despite the warning that the first one showed.
    const freeze = warned === line ? 'off' : modeOf(now)
    const sent = await sendLine(line, { sections, facts, step: stepOf(now), total: totalOf(now), freeze }, answers)
    setRefusal(sent.ok ? undefined : sent.reason)
    setWarned(sent.ok ? '' : line)
    // A command that was not sent stays in the bar, so that it can be corrected.
    if (!sent.ok || !sent.value) return
    past.add(line)
    setLine('')
  }
  const move = (by: 1 | -1): void => {
    if (line === '' || past.isShown()) {
      setLine(past.move(-by))
      setOpen(false)
    } else setChosen((before) => (before + by + completions.length + 1) % (completions.length + 1) || 0)
  }
  const first = completions[Math.max(0, chosen)]
  const picked = completions[chosen]
  const keys: KeyActions = {
    Enter: picked !== undefined ? () => change(picked.line) : line.trim() === '' ? () => undefined : () => void run(),
    ...(line !== '' && first !== undefined && { Tab: () => change(first.line) }),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Escape: isOpen ? () => setOpen(false) : () => input.current?.blur(),
  }
  const isListed = isOpen && completions.length > 0
  return (
    <div class="command-bar">
      <input
        ref={input}
        class="input"
        role="combobox"
        aria-label="Command"
        aria-expanded={isListed}
        aria-controls="completions"
        aria-autocomplete="list"
        aria-activedescendant={isListed && chosen >= 0 ? `completion-${chosen}` : undefined}
        disabled={barred !== undefined}
        title={barred}
        placeholder={barred ?? 'set lr=3e-4 --at 500'}
        autocomplete="off"
        spellcheck={false}
        value={line}
        onInput={(event) => change(event.currentTarget.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => act(keys, event)}
      />
      {isListed && <CompletionList completions={completions} chosen={chosen} onPick={change} />}
      {refusal !== undefined && !isListed && <Refusal reason={refusal} />}
    </div>
  )
}

function Refusal({ reason }: { readonly reason: string }): JSX.Element {
  return (
    <p class="says issue" role="alert">
      {reason}
    </p>
  )
}

type KeyActions = Readonly<Record<string, () => void>>

/** Runs a key's action. Keys without an action are left to the browser. */
function act(keys: KeyActions, event: KeyboardEvent): void {
  const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined
  if (action === undefined) return
  event.preventDefault()
  action()
}

/** The key `:` focuses the bar from anywhere on the page. */
function useColonKey(input: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== ':' || isTyping(event)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [])
}
