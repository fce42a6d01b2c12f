import { readSendFlags, refusal, SEND_FLAGS } from '@hotcb/commands'
import { acceptCommand, suggestedMutation } from '@hotcb/tune'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { sendCommands } from '../ask/send.ts'
import { findMutation, readStory } from './read-story.ts'

/** `hotcb tune accept M`: makes a change that the tuner suggests. It is a command like any other, with the tuner's `cid`. */
export const tuneAcceptCommand: CliCommand = cliCommand({
  args: {
    mutation: { type: 'positional', valueHint: 'M', required: false, description: 'The change, as `hotcb tune status` shows it. Default: the one that waits.' },
    wait: SEND_FLAGS.wait,
    note: SEND_FLAGS.note,
  },
  about: [
    'The change is made only if its control still has the value that the tuner saw. The tuner judges it, and takes it back if it does not help. To decline, do nothing, or `hotcb cancel` its command.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 tune accept', does: 'the change that waits' },
    { type: 'hotcb tune accept m_00003 --note "looks right"', does: 'a certain one, and why' },
  ],
  run(args, context) {
    const { run, story } = readStory(context.dir)
    const found = args.mutation === undefined ? suggestedMutation(story) : findMutation(story, args.mutation)
    if (found === undefined) throw refusal('the tuner suggests nothing at present')
    if (found.state !== 'suggested') throw refusal(`${found.id} does not wait for a person: it is ${found.state}`)
    return sendCommands(context, [{ ...acceptCommand(found) }], { ...readSendFlags(args), conditions: {} }, run)
  },
}) // biome-ignore format: one look
