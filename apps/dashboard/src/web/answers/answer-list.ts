import { type ReadonlySignal, signal } from '@preact/signals'
import { type Answer, stateOf } from './answer.ts'
import { raise } from './toast-list.ts'

/** The maximum number of answers in the list. */
const KEPT = 200

/** The fields of a new answer that its sender provides. */
export type AnswerPart = Pick<Answer, 'text'> & Partial<Answer>

/** One run's answers, and the ones shown as toasts. */
export interface AnswerList {
  /** Newest first. */
  readonly answers: ReadonlySignal<readonly Answer[]>
  /** Ids of answers, newest last. */
  readonly toasts: ReadonlySignal<readonly string[]>
  /** Adds a request from this page and shows it as a toast; returns its id. */
  add(part: AnswerPart & Pick<Answer, 'phase'>): string
  /** Replaces all answers without showing toasts. Toasts of removed answers disappear. */
  put(answers: readonly Answer[]): void
  /** Changes some answers, and shows them as toasts. */
  change(ids: ReadonlySet<string>, how: (answer: Answer) => Answer): void
  show(id: string): void
  dismiss(id: string): void
}

/** @param nowMs Epoch milliseconds. */
export function createAnswerList(nowMs: () => number): AnswerList {
  const answers = signal<readonly Answer[]>([])
  const toasts = signal<readonly string[]>([])
  let made = 0

  function put(next: readonly Answer[]): void {
    answers.value = next.slice(0, KEPT)
    const known = new Set(answers.value.map(({ id }) => id))
    if (toasts.value.some((id) => !known.has(id))) toasts.value = toasts.value.filter((id) => known.has(id))
  }

  function show(id: string): void {
    const byId = new Map(answers.value.map((answer) => [answer.id, answer]))
    toasts.value = raise(toasts.value, id, (other) => {
      const answer = byId.get(other)
      return answer !== undefined && stateOf(answer, false).tone === 'bad'
    })
  }

  return {
    answers,
    toasts,
    put,
    show,
    add(part) {
      const id = `here-${++made}`
      put([{ ...PLAIN, id, atMs: nowMs(), ...part }, ...answers.value])
      show(id)
      return id
    },
    change(ids, how) {
      put(answers.value.map((answer) => (ids.has(answer.id) ? how(answer) : answer)))
      for (const id of ids) show(id)
    },
    dismiss(id) {
      toasts.value = toasts.value.filter((other) => other !== id)
    },
  }
}

const PLAIN = { who: '', isMine: true, cid: null, keys: [], at: null, says: '', line: undefined, isVerified: false }
