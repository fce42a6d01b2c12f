import { isAbsolute, join } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { messageOf } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'

/** `hotcb export metrics`. */
export const exportMetricsCommand: CliCommand = cliCommand({
  args: {
    format: {
      type: 'string',
      default: 'csv',
      valueHint: 'csv|jsonl|parquet|tensorboard',
      description: 'What to write. Default csv.',
    },
    out: {
      type: 'string',
      valueHint: 'PATH',
      description: 'Where: a bare name in the run directory, any other path in the working directory.',
    },
  },
  about: [
    'One row a step. Of a step that was trained twice, after a restart or a loaded checkpoint, the last counts.',
    '`tensorboard` writes an event file into a directory, the others write one file. A second export replaces the first. An export is refused where a training has written event files.',
    'A metric with the name of another column is `metrics.<name>`.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 export metrics', does: 'a table for any program' },
    { type: 'hotcb --dir runs/exp-001 export metrics --format parquet --out /tmp/exp-001.parquet', does: 'for pandas' },
  ],
  async run({ format, out }, { dir, json, terminal }) {
    const run = openRun(dir)
    const { exportMetrics, METRICS_FORMATS } = await import('@hotcb/metrics/node')
    const known = METRICS_FORMATS.find((one) => one === format)
    if (known === undefined) throw usageError(`--format must be one of ${METRICS_FORMATS.join(', ')}, got "${format}"`)
    const output = out === undefined ? undefined : isAbsolute(out) || out.includes('/') ? out : join(run.dir, out)
    try {
      const written = await exportMetrics(run.dir, known, output)
      if (json) terminal.json(written)
      else {
        const bad = written.badLines > 0 ? `; ${written.badLines} lines could not be read` : ''
        terminal.out(`${written.path}: ${written.rows} steps, ${written.names} metrics${bad}`)
      }
      return EXIT.done
    } catch (error) {
      throw refusal(messageOf(error))
    }
  },
})
