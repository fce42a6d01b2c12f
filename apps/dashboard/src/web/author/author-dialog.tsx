import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { me } from '../session.ts'
import { author, isAsking, leaveUnasked, setAuthor } from './author.ts'
import './author.css'

/** Maximum length of a name, as the server enforces it. */
const LONGEST = 128

/** Shows the name under which changes are made; a click changes it. */
export function AuthorButton(): JSX.Element | null {
  const known = author.value
  if (me.value.user !== null) {
    return (
      <span class="author muted" title="Your token's name; your changes are recorded under it">
        {me.value.user}
      </span>
    )
  }
  if (known === undefined) return null
  const { name } = known
  return (
    <button
      type="button"
      class="button quiet small author"
      aria-label={`Your name: ${name || 'none'}. Change it`}
      title="The name under which your changes are recorded"
      onClick={() => (isAsking.value = true)}
    >
      <span class="cut">{name || 'no name'}</span>
    </button>
  )
}

/** Asks for the name before the first change. */
export function AuthorDialog(): JSX.Element | null {
  return isAsking.value ? <AskName /> : null
}

function AskName(): JSX.Element {
  const [name, setName] = useState(author.value?.name ?? '')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: Event): void => {
    event.preventDefault()
    setAuthor(name.trim())
  }
  return (
    <Dialog title="Who is changing this run?" onClose={leaveUnasked}>
      <form class="choices" onSubmit={submit}>
        <p class="muted">The ledger records this name with every change you make. This browser remembers it.</p>
        <input
          ref={field}
          class="input"
          aria-label="Your name"
          autocomplete="nickname"
          maxLength={LONGEST}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <div class="actions">
          <button type="submit" class="button primary" disabled={name.trim() === ''}>
            Continue as {name.trim() || '…'}
          </button>
          <button type="button" class="button quiet" onClick={() => setAuthor('')}>
            Continue without a name
          </button>
        </div>
      </form>
    </Dialog>
  )
}
