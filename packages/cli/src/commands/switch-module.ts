import { type CliCommand, cliCommand } from '../command.ts'
import { ID_FLAG, SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb opt disable [KEY]`: every control of a module, or one of them. */
export function switchModuleCommand(module: 'opt' | 'loss', op: 'enable' | 'disable'): CliCommand {
  return cliCommand({
    args: {
      key: { type: 'positional', required: false, valueHint: 'KEY', description: 'One control. Default: all.' },
      id: ID_FLAG,
      ...SEND_FLAGS,
    },
    about: [`A control that is disabled keeps its value; changing it is refused until it is enabled.`],
    examples: [
      { type: `hotcb --dir runs/exp-001 ${module} ${op}`, does: 'all of them' },
      { type: `hotcb ${module} ${op} ${module === 'opt' ? 'lr' : 'distill'}`, does: 'one of them' },
    ],
    completes: 'handles',
    run(args, context) {
      const params = args.key === undefined ? {} : { params: { key: args.key } }
      return sendCommands(context, [{ module, op, id: args.id, ...params }], args)
    },
  })
}
