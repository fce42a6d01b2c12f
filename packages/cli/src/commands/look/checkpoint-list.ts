import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import { openRun } from '../../run.ts'

/** `hotcb checkpoint list`. */
export const checkpointListCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'Lists each checkpoint of the run, earliest first: its tag, the step at which it was saved, and who saved it.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 checkpoint list', does: 'list the checkpoints of one run' },
    { type: 'hotcb checkpoint list --json', does: 'for a script' },
  ],
  run(_args, { dir, json, terminal }) {
    const checkpoints = openRun(dir).checkpoints()
    if (json) terminal.json({ checkpoints: checkpoints.map(({ tag, meta }) => ({ tag, ...meta })) })
    else if (checkpoints.length === 0) terminal.out(terminal.dim('no checkpoints'))
    else {
      const rows = checkpoints.map(({ tag, step, meta }) => [
        terminal.bold(tag),
        step === null ? 'step unknown' : `step ${step}`,
        meta?.by?.author ?? meta?.by?.source ?? '',
      ])
      for (const row of alignColumns(rows)) terminal.out(row)
    }
    return EXIT.done
  },
})
