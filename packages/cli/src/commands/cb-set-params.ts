import { type CliCommand, cliCommand } from '../command.ts'
import { usageError } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { readPairs } from '../pairs.ts'
import { sendCommands } from '../send.ts'

/** `hotcb cb set_params ID every=100`. */
export const cbSetParamsCommand: CliCommand = cliCommand({
  args: {
    id: { type: 'positional', required: true, valueHint: 'ID', description: 'The callback.' },
    pair: {
      type: 'positional',
      variadic: true,
      valueHint: 'KEY=VALUE',
      description: 'A parameter and its new value: a number, `true`, `false`, text, or JSON.',
    },
    ...SEND_FLAGS,
  },
  about: ['For a callback that is not loaded, they are kept until it is.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 cb set_params timing every=100', does: 'every hundred steps' }],
  completes: 'callbacks',
  run(args, context) {
    const params = readPairs(args._.slice(1))
    if (args.id.includes('=')) throw usageError(`which callback? \`hotcb cb set_params ID ${args.id}\``)
    return sendCommands(context, [{ module: 'cb', op: 'set_params', id: args.id, params }], args)
  },
})
