import { refusal } from '@hotcb/commands'
import { type Mutation, storyOf, type TunerHistory } from '@hotcb/tune'
import { openRun, type Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** The changes of the tuner of a run, from its ledger. */
export function readStory(dir: string): { readonly run: Run; readonly story: TunerHistory } {
  const run = openRun(dir)
  return { run, story: storyOf(streamValues(run, 'ledger')) }
}

/** The mutation that was named: `m_00003`, or its number. */
export function findMutation({ mutations }: TunerHistory, name: string): Mutation {
  const number = /^(?:m_)?0*(\d+)$/.exec(name)?.[1]
  const found = mutations.find((one) => one.id === name || (number !== undefined && one.number === Number(number)))
  if (found !== undefined) return found
  const last = mutations.at(-1)
  throw refusal(`the tuner of this run has no change \`${name}\`${last === undefined ? ': it has not tried any' : `: the newest is ${last.id}`}`)
} // biome-ignore format: one look
