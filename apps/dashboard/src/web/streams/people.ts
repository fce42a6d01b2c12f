import { type Signal, signal } from '@preact/signals'
import type { PersonHere } from '../../shared/people.ts'
import { follow } from '../socket.ts'
import type { OpenStream, StreamHost } from './stream.ts'

/** The people who have the run open, including this page. */
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
  // The subscription itself marks this page as present, so there is nothing to reload.
  return { people, reload: () => undefined, close: leave }
}
