import { type CliCommand, cliCommand } from '../command.ts'
import { SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb resume`. */
export const resumeCommand: CliCommand = cliCommand({
  args: SEND_FLAGS,
  about: ['Ends a pause. A run whose process has ended is not resumed but continued, by starting its trainer again.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 resume', does: 'go on' }],
  run: (args, context) => sendCommands(context, [{ module: 'core', op: 'resume' }], args),
})
