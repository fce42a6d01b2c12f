import { type Signal, signal } from '@preact/signals'
import type { PersonHere } from '../../shared/people.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** Who has the run open, this page among them. */
export interface PeopleStream extends OpenStream {
  readonly people: Signal<readonly PersonHere[]>
}

export function openPeople({ id }: StreamHost): PeopleStream {
  const people = signal<readonly PersonHere[]>([])
  const leave = follow({
    run: id,
    channel: 'people',
    onData(data) {
      people.value = data.people
    },
  })
  // A subscription is presence itself, so there is nothing to read again.
  return { people, reload: () => undefined, close: leave }
}
