import { type CliCommand, cliCommand } from '../command.ts'
import { SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb revert 7`. */
export const revertCommand: CliCommand = cliCommand({
  args: {
    seq: {
      type: 'positional',
      required: false,
      number: 'whole',
      valueHint: 'SEQ',
      description: 'Number of the change, as `hotcb log` shows it. Default: the newest that stands.',
    },
    force: { type: 'boolean', description: 'Also where a later change touched the same controls.' },
    ...SEND_FLAGS,
  },
  about: [
    'Puts back what one change changed, as a change of its own. It fails if a later change touched the same controls.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 revert', does: 'undo the newest change' },
    { type: 'hotcb revert 7 --force', does: 'undo change 7, whatever came later' },
  ],
  run(args, context) {
    const params = {
      ...(args.seq === undefined ? {} : { seq: Number(args.seq) }),
      ...(args.force === true ? { force: true } : {}),
    }
    return sendCommands(context, [{ module: 'core', op: 'revert', params }], args)
  },
})
