import { type CliCommand, cliCommand } from '../command.ts'
import { SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb stop diverged`. */
export const stopCommand: CliCommand = cliCommand({
  args: {
    reason: {
      type: 'positional',
      required: false,
      variadic: true,
      valueHint: 'REASON',
      description: 'Why: the trainer is told, and the log keeps it.',
    },
    ...SEND_FLAGS,
  },
  about: [
    'The training loop is told to end at its next safe point, as if it had reached its last step. A pause ends too.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 stop', does: 'at the next safe point' },
    { type: 'hotcb stop loss has diverged', does: 'and say why' },
    { type: 'hotcb stop --at step=5000', does: 'at step 5000' },
  ],
  run(args, context) {
    const reason = args._.join(' ')
    return sendCommands(
      context,
      [{ module: 'core', op: 'stop', ...(reason === '' ? {} : { params: { reason } }) }],
      args,
    )
  },
})
