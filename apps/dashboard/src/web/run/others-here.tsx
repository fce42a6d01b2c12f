import type { JSX } from 'preact'
import { clientId } from '../socket.ts'
import { useRun } from './run-context.ts'

/** Shows the other people who have this run open. */
export function OthersHere(): JSX.Element | null {
  const { people } = useRun().streams.get('people')
  const others = people.value.filter(({ client }) => client !== clientId.value)
  if (others.length === 0) return null
  const names = [...new Set(others.map(({ name }) => name).filter((name) => name !== null))]
  const unnamed = others.filter(({ name }) => name === null).length
  const parts = [...names, ...(unnamed === 0 ? [] : [unnamed === 1 ? 'one more' : `${unnamed} more`])]
  return (
    <span class="badge accent" title={`Also viewing this run: ${parts.join(', ')}`}>
      {names.length === 0
        ? `${parts.join(', ')} here`
        : `${parts.join(', ')} ${parts.length === 1 ? 'is' : 'are'} here`}
    </span>
  )
}
