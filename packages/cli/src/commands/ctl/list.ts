import { refusal } from '@hotcb/commands'
import { registeredOf } from '@hotcb/run'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import { openRun } from '../../run.ts'

/** `hotcb ctl list`. */
export const ctlListCommand: CliCommand = cliCommand({
  args: {},
  about: ["Shows the trainer's last report, which is at most a second old while it is running."],
  examples: [{ type: 'hotcb --dir runs/exp-001 ctl list', does: 'all functions' }],
  run(_args, { terminal, json, dir }) {
    const registered = registeredOf(openRun(dir).document('state').value?.modules)
    if (registered === undefined) {
      throw refusal(
        `no trainer in \`${dir}\` has reported registered functions`,
        'its kernel needs the module from @hotcb/runtimectl',
      )
    }
    if (json) terminal.json(Object.fromEntries(registered.map(({ path, raw }) => [path, raw])))
    else if (registered.length === 0) terminal.out('nothing is registered')
    else {
      const head = ['path', 'calls', 'failed', ''].map(terminal.dim)
      const rows = registered.map(({ path, calls, failed, description }) => [
        terminal.bold(path),
        String(calls),
        failed === 0 ? '0' : terminal.red(String(failed)),
        description,
      ])
      for (const row of alignColumns([head, ...rows])) terminal.out(row)
    }
    return EXIT.done
  },
})
