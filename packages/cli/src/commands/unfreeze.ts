import { UNFROZEN } from '@hotcb/protocol'
import { type CliCommand, cliCommand } from '../command.ts'
import { SEND_FLAGS } from '../flags.ts'
import { writeFreeze } from '../write-freeze.ts'

/** `hotcb unfreeze`. */
export const unfreezeCommand: CliCommand = cliCommand({
  args: { wait: SEND_FLAGS.wait },
  about: ['Writes `off` into `hotcb.freeze.json`, whatever the mode was.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 unfreeze', does: 'let changes pass again' }],
  run: (args, context) => writeFreeze(context, UNFROZEN, args.wait),
})
