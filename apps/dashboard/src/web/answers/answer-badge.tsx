import type { JSX } from 'preact'
import type { AnswerState } from './answer.ts'

const LOOKS: Readonly<Record<AnswerState['tone'], string>> = {
  waits: 'accent live',
  good: 'good',
  bad: 'bad',
  plain: '',
}

/** Shows the state of a command, in one word. */
export function AnswerBadge({ state: { tone, word } }: { readonly state: AnswerState }): JSX.Element | null {
  if (word === '') return null
  return <span class={`badge ${word === 'scheduled' ? 'accent' : LOOKS[tone]}`}>{word}</span>
}
