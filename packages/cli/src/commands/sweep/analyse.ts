import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { messageOf, printable } from '@hotcb/protocol'
import { parameterImportance } from '@hotcb/sweep'
import { FIGURE_KINDS, type FigureKind, readResults, studyOfResults, sweepFigure } from '@hotcb/sweep/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, PIN_FLAG, readSweepWords, WORDS } from './place.ts'

const METRIC_FLAGS = {
  metric: {
    type: 'string',
    alias: 'm',
    valueHint: 'NAME',
    description: 'The metric. Default: the metric used by the objective or by early stopping.',
  },
  direction: {
    type: 'enum',
    options: ['min', 'max'],
    description: 'Whether a lower or a higher value of the metric is better.',
  },
  stage: { type: 'string', valueHint: 'NAME', description: 'The trials of this stage. Default: the first one.' },
} as const

/** `herd importance`. */
export const sweepImportanceCommand: CliCommand = cliCommand({
  args: { words: WORDS, ...METRIC_FLAGS },
  about: [
    "Shows how much of the metric's variance each parameter explains on its own, estimated from the completed trials. At least ten completed trials with different values are needed.",
  ],
  examples: [
    { type: 'hotcb sweep importance', does: 'for the objective' },
    { type: 'hotcb sweep importance -m accuracy --direction max --json', does: 'for a different metric, as JSON' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    const { terminal, json } = context
    return inWorkspace(words, context, (workspace) => {
      const results = readResults(workspace, args)
      const study = studyOfResults(results)
      const importance = parameterImportance(study)
      const count = study.study.trials.length
      if (json) terminal.json({ metric: results.metric, trials: count, importance })
      else if (importance.every(({ share }) => share === 0)) {
        terminal.out(
          `${count} completed trials: ten with different values of \`${printable(results.metric)}\` are needed`,
        )
      } else {
        const width = Math.max(...importance.map(({ name }) => name.length))
        for (const { name, share } of importance) {
          const bar = (terminal.unicode ? '█' : '#').repeat(Math.round(share * 30))
          terminal.out(`${printable(name).padEnd(width)}  ${(100 * share).toFixed(1).padStart(5)} %  ${bar}`.trimEnd())
        }
      }
      return EXIT.done
    })
  },
})

/** `herd plot`. */
export const sweepPlotCommand: CliCommand = cliCommand({
  args: {
    words: {
      ...WORDS,
      valueHint: 'KIND',
      description: `What to draw: ${FIGURE_KINDS.join(', ')} (\`curves\`). The sweep directory may follow.`,
    },
    out: {
      type: 'string',
      alias: 'o',
      valueHint: 'PATH',
      description: 'The file to write: `.svg`, or `.png`. Default: `KIND.svg`.',
    },
    x: { type: 'string', valueHint: 'NAME', description: 'With `contour`: the parameter on the horizontal axis.' },
    y: { type: 'string', valueHint: 'NAME', description: 'With `contour`: the parameter on the vertical axis.' },
    pin: PIN_FLAG,
    smooth: {
      type: 'string',
      number: 'count',
      default: '1',
      valueHint: 'N',
      description: 'With `curves`: each point is the mean of N values. Default: 1.',
    },
    ...METRIC_FLAGS,
  },
  about: [
    "Draws a figure: `curves` (the metric by step), `parallel` (parallel coordinates), `importance`, `contour` (two parameters, by default the most important ones), `rungs` (early stopping), or `lineage` (which members of a population continued from which other member's checkpoint). PNG needs the package `@resvg/resvg-js`. It uses a font that is included in hotcb, so the figure looks the same on machines without fonts.",
  ],
  examples: [
    { type: 'hotcb sweep plot curves -o curves.svg', does: 'the learning curves' },
    { type: 'hotcb sweep plot curves -p optimizer=adam --smooth 5', does: 'smoothed curves for some trials' },
    {
      type: 'hotcb sweep plot contour -x lr -y weight_decay -o contour.svg',
      does: 'the objective over two parameters',
    },
  ],
  run(args, context) {
    const isKind = (word: string): word is FigureKind => FIGURE_KINDS.some((kind) => kind === word)
    const kind = args._.find(isKind) ?? 'curves'
    const words = readSweepWords(
      args._.filter((word) => word !== kind),
      { pin: args.pin },
      context,
    )
    const path = args.out ?? `${kind}.svg`
    const format = extname(path).toLowerCase()
    if (format !== '.svg' && format !== '.png') throw usageError(`\`-o ${path}\` must end in .svg or .png`)
    return inWorkspace(words, context, async (workspace) => {
      const svg = sweepFigure(workspace, readResults(workspace, { ...args, pins: words.pins }), kind, {
        x: args.x,
        y: args.y,
        smooth: Number(args.smooth),
      })
      write(path, format === '.svg' ? svg : await pngOf(svg))
      if (context.json) context.terminal.json({ kind, path })
      else context.terminal.out(`${path}`)
      return EXIT.done
    })
  },
})

async function pngOf(svg: string): Promise<Uint8Array> {
  const { renderPng } = await import('hyperopt-ts/node')
  const png = await renderPng(svg)
  if (!png.ok) throw refusal(png.why)
  return png.png
}

function write(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content)
  } catch (error) {
    throw refusal(`cannot write \`${path}\`: ${messageOf(error)}`)
  }
}
