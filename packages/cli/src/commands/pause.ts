import { type CliCommand, cliCommand } from '../command.ts'
import { SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb pause`. */
export const pauseCommand: CliCommand = cliCommand({
  args: SEND_FLAGS,
  about: ['The training stands still at its next safe point, and goes on listening: controls may be set meanwhile.'],
  examples: [
    { type: 'hotcb --dir runs/exp-001 pause', does: 'at the next safe point' },
    { type: 'hotcb pause --at step=1000', does: 'at step 1000' },
  ],
  run: (args, context) => sendCommands(context, [{ module: 'core', op: 'pause' }], args),
})
