import { FREEZE_MODES } from '@hotcb/protocol'
import { VERBS, type Vocabulary } from './command-line.ts'
import { formatValue } from './describe.ts'
import { FLAGS } from './options.ts'
import { splitWords } from './words.ts'

/** One way to go on: the whole line as it would be, and what to say beside it. */
export interface Completion {
  readonly line: string
  readonly label: string
  readonly hint: string
}

/** Ways to complete the last word of a line, best first, at most `limit`. */
export function complete(line: string, vocabulary: Vocabulary, limit = 12): Completion[] {
  const words = splitWords(line)
  const isOpen = words.length > 0 && !/\s$/.test(line)
  const last = isOpen ? words.at(-1) : undefined
  const before = (isOpen ? words.slice(0, -1) : words).map((word) => word.text).filter((word) => word !== 'hotcb')
  const prefix = last?.text ?? ''
  const head = line.slice(0, last?.start ?? line.length)
  const start = prefix.toLowerCase()
  const found = candidates(before, prefix, vocabulary).filter(([word]) => word.toLowerCase().includes(start))
  found.sort((a, b) => Number(b[0].toLowerCase().startsWith(start)) - Number(a[0].toLowerCase().startsWith(start)))
  return found.slice(0, limit).map(([word, hint]) => {
    return { line: head + word + (word.endsWith('=') ? '' : ' '), label: word, hint }
  })
}

type Candidate = readonly [word: string, hint: string]

function candidates(before: readonly string[], prefix: string, { controls, callbacks }: Vocabulary): Candidate[] {
  const [verb, second] = before
  if (verb === undefined) return Object.entries(VERBS)
  if (prefix.startsWith('--')) return Object.entries(FLAGS).map(([flag, hint]) => [`--${flag}`, hint])
  const keys = controls.map(
    (control): Candidate => [`${control.param_key}=`, `${control.label}, now ${formatValue(control.current)}`],
  )
  const ids = callbacks.map((id): Candidate => [id, 'callback'])
  switch (verb) {
    case 'set':
      return keys
    case 'enable':
    case 'disable':
      return before.length > 1
        ? []
        : [...controls.map((control): Candidate => [control.param_key, control.label]), ...ids]
    case 'freeze':
      return before.length > 1 ? [] : FREEZE_MODES.map((mode) => [mode, MODES[mode]])
    case 'checkpoint':
      return before.length > 1
        ? []
        : [
            ['save', 'keep the weights of now'],
            ['load', 'go back to a tag'],
            ['drop', 'delete a tag'],
            ['branch', 'save for a new run'],
          ]
    case 'cb':
      if (second === undefined) return ['load', 'unload', 'enable', 'disable', 'set_params'].map((op) => [op, ''])
      return before.length === 2 ? ids : []
    case 'opt':
    case 'loss':
      return second === undefined ? ['set_params', 'enable', 'disable'].map((op) => [op, '']) : keys
    case 'tune':
      return second === undefined ? ['enable', 'disable', 'set'].map((op) => [op, '']) : []
    case 'ctl':
      return second === undefined ? [['call', 'path']] : []
    default:
      return []
  }
}

const MODES: Readonly<Record<(typeof FREEZE_MODES)[number], string>> = {
  off: 'everything may change',
  prod: 'nothing may change',
  replay: 'only the recipe changes anything',
  replay_adjusted: 'the recipe with its overlay',
}
