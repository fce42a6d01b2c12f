import { type CliCommand, cliCommand } from '../command.ts'
import { refusal } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { openRun, type Run } from '../run.ts'
import { sendCommands } from '../send.ts'

/** `hotcb cancel CID`. */
export const cancelCommand: CliCommand = cliCommand({
  args: {
    cid: {
      type: 'positional',
      required: true,
      valueHint: 'CID',
      description: 'The command, as `hotcb status` shows it; its first or last characters are enough.',
    },
    wait: SEND_FLAGS.wait,
    note: SEND_FLAGS.note,
  },
  about: ['Takes back a command that waits for its step. It is then `expired`.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 cancel 1m81k26kwh0yhe20xdq', does: 'a command set with --at' }],
  completes: 'held',
  run(args, context) {
    const run = openRun(context.dir)
    const params = { cid: wholeCid(run, args.cid) }
    return sendCommands(context, [{ module: 'core', op: 'cancel', params }], args, run)
  },
})

// What is typed whole is sent as it is: the command may be younger than the state document.
function wholeCid(run: Run, typed: string): string {
  const held = (run.document('state').value?.held ?? []).map(({ cid }) => cid)
  if (held.includes(typed)) return typed
  const found = held.filter((cid) => cid.startsWith(typed) || cid.endsWith(typed))
  if (found.length > 1)
    throw refusal(`"${typed}" is the beginning or end of ${found.length} commands: ${found.join(', ')}`)
  return found[0] ?? typed
}
