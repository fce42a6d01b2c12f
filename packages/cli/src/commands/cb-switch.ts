import { type CliCommand, cliCommand } from '../command.ts'
import { SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb cb enable ID`, `disable`, `unload`. */
export function cbSwitchCommand(op: 'enable' | 'disable' | 'unload'): CliCommand {
  return cliCommand({
    args: {
      id: { type: 'positional', required: true, valueHint: 'ID', description: 'The callback.' },
      ...SEND_FLAGS,
    },
    about: [ABOUT[op]],
    examples: [{ type: `hotcb --dir runs/exp-001 cb ${op} feat_viz`, does: DOES[op] }],
    completes: 'callbacks',
    run: (args, context) => sendCommands(context, [{ module: 'cb', op, id: args.id }], args),
  })
}

const ABOUT: Readonly<Record<'enable' | 'disable' | 'unload', string>> = {
  enable: 'One that was disabled because it failed or took too long gets another chance.',
  disable: 'It stays loaded, with all that it holds; `cb unload` closes it.',
  unload:
    'It is closed, and its parameters are forgotten. The ledger keeps what it cost; `hotcb revert` loads the same bytes again.',
}

const DOES: Readonly<Record<'enable' | 'disable' | 'unload', string>> = {
  enable: 'let it run',
  disable: 'stop it',
  unload: 'close it',
}
