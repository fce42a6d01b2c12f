import { refusal } from '@hotcb/commands'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { callbackRows } from '../../print/callback-rows.ts'
import { openRun } from '../../run.ts'
import { readSettledCallbacks } from './callback-status.ts'

/** `hotcb cb list`. */
export const cbListCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'Shows the calls and errors of each callback, its milliseconds per call (mean and maximum), and the percentage of the wall time that it used over the last hundred safe points.',
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 cb list', does: 'all callbacks' }],
  async run(_args, context) {
    const { terminal, json, dir } = context
    const callbacks = await readSettledCallbacks(openRun(dir))
    if (callbacks === undefined) {
      throw refusal(
        `no trainer in \`${dir}\` has reported callbacks`,
        'its kernel needs the module `openCallbacks()` from @hotcb/cb',
      )
    }
    if (json) terminal.json(Object.fromEntries(callbacks.map(({ id, raw }) => [id, raw])))
    else if (callbacks.length === 0) terminal.out('no callback is loaded')
    else for (const row of callbackRows(callbacks, terminal)) terminal.out(row)
    return EXIT.done
  },
})
