import { readSendFlags, refusal, SEND_FLAGS } from '@hotcb/commands'
import { acceptCommand, type Mutation, rejectCommand, suggestedMutation, waitingProblem } from '@hotcb/tune'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import type { Run } from '../../run.ts'
import { sendCommands } from '../ask/send.ts'
import { findMutation, readStory } from './read-story.ts'

const ARGS = {
  mutation: { type: 'positional', valueHint: 'M', required: false, description: 'The change, as `hotcb tune status` shows it. Default: the one that is waiting.' },
  wait: SEND_FLAGS.wait,
  note: SEND_FLAGS.note,
} as const // biome-ignore format: more readable

/** `hotcb tune accept M`: makes a change that the tuner suggests. It is a command like any other, with the tuner's `cid`. */
export const tuneAcceptCommand: CliCommand = cliCommand({
  args: ARGS,
  about: [
    'The change is made only if its control still has the value that the tuner saw. The tuner then judges it, and reverts it if it does not help. To decline the change, use `hotcb tune reject`.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 tune accept', does: 'the change that is waiting' },
    { type: 'hotcb tune accept m_00003 --note "looks right"', does: 'a specific change, with a reason' },
  ],
  run(args, context) {
    const { run, found } = findWaiting(context.dir, args.mutation)
    return sendCommands(context, [{ ...acceptCommand(found) }], { ...readSendFlags(args), conditions: {} }, run)
  },
}) // biome-ignore format: more readable

/** `hotcb tune reject M`: declines a change that the tuner suggests. */
export const tuneRejectCommand: CliCommand = cliCommand({
  args: ARGS,
  about: [
    'The tuner does not suggest this change again in the same phase. It may suggest a smaller one after 2 points, and a change to a different control earlier. After several consecutive rejections for the same control, it waits 4 and then 8 points.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 tune reject', does: 'the change that is waiting' },
    { type: 'hotcb tune reject m_00003 --note "too steep"', does: 'a specific change, with a reason' },
  ],
  run(args, context) {
    const { run, found } = findWaiting(context.dir, args.mutation)
    return sendCommands(context, [{ ...rejectCommand(found) }], { ...readSendFlags(args), conditions: {} }, run)
  },
}) // biome-ignore format: more readable

function findWaiting(dir: string, name: string | undefined): { readonly run: Run; readonly found: Mutation } {
  const { run, story } = readStory(dir)
  const found = name === undefined ? suggestedMutation(story) : findMutation(story, name)
  if (found === undefined) throw refusal('the tuner has no suggestion at the moment')
  const problem = waitingProblem(found)
  if (problem !== null) throw refusal(problem)
  return { run, found }
}
