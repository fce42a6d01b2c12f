import { isObject, messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { parseLine, type Vocabulary } from '../../shared/command-line.ts'
import { complete } from '../../shared/complete.ts'
import { isTyping } from '../parts/help.tsx'
import { useRun } from './run-context.ts'

/** One line in the words of the command line, completed as it is typed. */
export function CommandBar(): JSX.Element {
  const { detail, commands } = useRun()
  const input = useRef<HTMLInputElement>(null)
  const [line, setLine] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const [says, setSays] = useState<{ readonly text: string; readonly isBad: boolean } | undefined>(undefined)
  const past = useRef<string[]>([])
  const pastAt = useRef(-1)
  const callbacks = detail.value?.state?.modules['cb']
  const vocabulary: Vocabulary = {
    controls: detail.value?.controls ?? [],
    callbacks: isObject(callbacks) ? Object.keys(callbacks) : [],
  }
  const completions = isOpen ? complete(line, vocabulary) : []
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== ':' || isTyping(event)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [])
  const change = (next: string): void => {
    setLine(next)
    setChosen(-1)
    setOpen(true)
    setSays(undefined)
  }
  const run = async (): Promise<void> => {
    const parsed = parseLine(line, vocabulary)
    setOpen(false)
    if (!parsed.ok) return setSays({ text: parsed.reason, isBad: true })
    try {
      if (parsed.value.kind === 'freeze') await commands.freeze(parsed.value.freeze)
      else await commands.send(parsed.value.commands)
      past.current = [line, ...past.current.filter((other) => other !== line)].slice(0, 50)
      pastAt.current = -1
      setLine('')
      setSays({
        text: parsed.value.kind === 'freeze' ? 'freeze document written' : 'queued; the ledger will tell',
        isBad: false,
      })
    } catch (error) {
      setSays({ text: messageOf(error), isBad: true })
    }
  }
  const handleKey = (event: KeyboardEvent): void => {
    const picked = completions[chosen]
    if (event.key === 'Enter') {
      event.preventDefault()
      if (picked !== undefined) change(picked.line)
      else if (line.trim() !== '') void run()
    } else if (event.key === 'Tab' && isOpen && line !== '' && completions[Math.max(0, chosen)] !== undefined) {
      event.preventDefault()
      change(completions[Math.max(0, chosen)]?.line ?? line)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const by = event.key === 'ArrowDown' ? 1 : -1
      if (line === '' || pastAt.current >= 0) {
        pastAt.current = Math.max(-1, Math.min(past.current.length - 1, pastAt.current - by))
        setLine(past.current[pastAt.current] ?? '')
        setOpen(false)
      } else setChosen((before) => (before + by + completions.length + 1) % (completions.length + 1) || 0)
    } else if (event.key === 'Escape') {
      if (isOpen) setOpen(false)
      else input.current?.blur()
    }
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
        placeholder="set lr=3e-4 --at 500"
        autocomplete="off"
        spellcheck={false}
        value={line}
        onInput={(event) => change(event.currentTarget.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => {
          setOpen(false)
          setSays((before) => (before?.isBad === true ? before : undefined))
        }}
        onKeyDown={handleKey}
      />
      {isListed && (
        <div class="list" id="completions" role="listbox" aria-label="Completions">
          {completions.map(({ label, hint, line: next }, i) => (
            <div
              key={label}
              id={`completion-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === chosen}
              onMouseDown={(event) => {
                event.preventDefault()
                change(next)
              }}
            >
              <span class="mono">{label}</span>
              <span class="muted cut">{hint}</span>
            </div>
          ))}
        </div>
      )}
      {says !== undefined && !isListed && (
        <p class={`says ${says.isBad ? 'issue' : ''}`} role={says.isBad ? 'alert' : 'status'}>
          {says.text}
        </p>
      )}
    </div>
  )
}
