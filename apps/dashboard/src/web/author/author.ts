import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { me } from '../session.ts'
import type { Author } from './author-name.ts'

const KEY = 'hotcb-author'

/** The name entered in this browser; empty if the person chose not to give one, undefined if they have not been asked yet. */
const given = signal<string | undefined>(readGiven())

/** The author. While it is undefined, the first change asks the person for a name. */
export const author: ReadonlySignal<Author | undefined> = computed(() => {
  const { user, default_author: preset } = me.value
  if (user !== null) return { name: user, sent: null }
  const name = given.value ?? preset ?? undefined
  return name === undefined ? undefined : { name, sent: name === '' ? null : name }
})

/** Whether the dialog that asks for the name is open. */
export const isAsking = signal(false)

let waiting: ((author: Author | undefined) => void)[] = []

/** Returns the author, and asks the person if it is unknown. Undefined if the person cancelled. */
export function askAuthor(): Promise<Author | undefined> {
  if (author.value !== undefined) return Promise.resolve(author.value)
  isAsking.value = true
  return new Promise((done) => waiting.push(done))
}

/** Stores a name in this browser; an empty string means no name. */
export function setAuthor(name: string): void {
  given.value = name
  try {
    localStorage.setItem(KEY, name)
  } catch {
    // Storage may be forbidden; the name is then lost when the page is closed.
  }
  answerAll()
}

/** Closes the dialog without a name. */
export function leaveUnasked(): void {
  answerAll()
}

function answerAll(): void {
  isAsking.value = false
  const told = waiting
  waiting = []
  for (const done of told) done(author.value)
}

function readGiven(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}
