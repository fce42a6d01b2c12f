import { refusal } from '@hotcb/commands'
import { type Mutation, storyOf, type TunerHistory } from '@hotcb/tune'
import { openRun, type Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** Reads the tuner's changes from a run's ledger. */
export function readStory(dir: string): { readonly run: Run; readonly story: TunerHistory } {
  const run = openRun(dir)
  return { run, story: storyOf(streamValues(run, 'ledger')) }
}

/** Returns the mutation with this name (`m_00003`) or number. */
export function findMutation({ mutations }: TunerHistory, name: string): Mutation {
  const number = /^(?:m_)?0*(\d+)$/.exec(name)?.[1]
  const found = mutations.find((one) => one.id === name || (number !== undefined && one.number === Number(number)))
  if (found !== undefined) return found
  const last = mutations.at(-1)
  throw refusal(`this run's tuner has no change \`${name}\`${last === undefined ? ': it has not tried any' : `: the latest is ${last.id}`}`)
} // biome-ignore format: more readable
