import { isAbsolute, join } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import type { MetricsFormat } from '@hotcb/metrics/node'
import { messageOf } from '@hotcb/protocol'
import { orEnd, warn, writeBlock } from '@hotcb/protocol/node'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'

/** `hotcb export metrics`. */
export const exportMetricsCommand: CliCommand = cliCommand({
  args: {
    format: {
      type: 'string',
      default: 'csv',
      valueHint: 'csv|jsonl|parquet|tensorboard',
      description: 'The file format. Default: csv.',
    },
    out: {
      type: 'string',
      valueHint: 'PATH',
      description:
        'The target. A bare file name is relative to the run directory, any other relative path to the working directory; `-` is standard output.',
    },
  },
  about: [
    'Writes one row per step. If a step was run twice, after a restart or a loaded checkpoint, the last value is written.',
    '`tensorboard` writes an event file to a directory; the other formats write one file. A second export replaces the first. A directory that contains event files from a training run is rejected.',
    'A metric whose name is also the name of another column is written as `metrics.<name>`.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 export metrics', does: 'write a table that any program can read' },
    { type: 'hotcb --dir runs/exp-001 export metrics --out - | head -3', does: 'print the first rows' },
    { type: 'hotcb --dir runs/exp-001 export metrics --format parquet --out /tmp/exp-001.parquet', does: 'for pandas' },
  ],
  async run({ format, out }, { dir, json, terminal }) {
    const run = openRun(dir)
    const { exportMetrics, METRICS_FORMATS } = await import('@hotcb/metrics/node')
    const known = METRICS_FORMATS.find((one) => one === format)
    if (known === undefined) throw usageError(`--format must be one of ${METRICS_FORMATS.join(', ')}, got "${format}"`)
    if (out === '-') return printMetrics(run.dir, known, json)
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

/** Writes the table to standard output, for a pipe. */
async function printMetrics(dir: string, format: MetricsFormat, json: boolean): Promise<ExitCode> {
  if (json) throw usageError('`--json` and `--out -` cannot be combined: both write to standard output')
  if (format !== 'csv' && format !== 'jsonl') {
    throw usageError(`\`--out -\` writes text, so \`--format\` must be csv or jsonl, got "${format}"`)
  }
  const { metricsText } = await import('@hotcb/metrics/node')
  try {
    const { lines, badLines } = metricsText(dir, format)
    for (const line of lines) orEnd(() => writeBlock(1, line))
    if (badLines > 0) warn(`note: ${badLines} lines could not be read`)
  } catch (error) {
    throw refusal(messageOf(error))
  }
  return EXIT.done
}
