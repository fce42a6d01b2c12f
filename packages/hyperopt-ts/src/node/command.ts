import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { importance } from '../importance.ts'
import { createLayout } from '../layout.ts'
import { toOptuna } from '../optuna/write.ts'
import { paretoFront } from '../pareto.ts'
import {
  plotContour,
  plotHistory,
  plotParallelCoordinate,
  plotParamImportances,
  plotParetoFront,
  plotRank,
  plotSlice,
  plotTimeline,
} from '../plot/plots.ts'
import { randomSampler } from '../random-sampler.ts'
import { didYouMean, listNames } from '../show.ts'
import { createStudy, type Study } from '../study.ts'
import { journalStorage } from './journal-storage.ts'
import { readStudyFile } from './study-file.ts'

const HELP = `hyperopt-ts: inspect and convert studies

  hyperopt-ts show FILE                        prints the best trial, the states and the most important parameters
  hyperopt-ts plot FILE [KIND...] [options]    writes SVG plots: ${['history', 'slice', 'contour', 'rank', 'parallel', 'importance', 'pareto', 'timeline'].join(', ')}
  hyperopt-ts convert FILE OUT                 writes OUT: a document (.json), a journal (.jsonl) or an Optuna journal (.log)

FILE is a hyperopt-ts journal, its JSON, or an Optuna journal.

  --out FOLDER   the folder for plots (default: plots)
  --x, --y PATH  the parameters of slice, contour and rank (default: the most important ones)
  --name NAME    the study of an Optuna journal to read, or the name of the converted one
`

type Draw = (study: Study, paths: readonly string[]) => string

const KINDS: Readonly<Record<string, Draw>> = {
  history: (study) => plotHistory(study),
  slice: (study, [x = '']) => plotSlice(study, x),
  contour: (study, [x = '', y = '']) => plotContour(study, x, y),
  rank: (study, [x = '', y = '']) => plotRank(study, x, y),
  parallel: (study) => plotParallelCoordinate(study),
  importance: (study) => plotParamImportances(study),
  pareto: (study) => plotParetoFront(study),
  timeline: (study) => plotTimeline(study),
}

/**
 * Runs the command line.
 *
 * @returns the text to print.
 * @throws Error with a one-line message for the user.
 */
export function runCommand(args: readonly string[]): string {
  const { positionals, options } = readWords(args)
  const [command, file, ...rest] = positionals
  if (options.help || command === undefined || command === 'help') return HELP
  const commands = Object.keys(TAKES)
  if (!isCommand(command))
    throw new Error(
      `no command \`${command}\`${didYouMean(command, commands) || `, choose from ${listNames(commands)}`}`,
    )
  if (file === undefined) throw new Error(`\`${command}\` needs a file: hyperopt-ts ${command} FILE`)
  if (!existsSync(file)) throw new Error(`no file \`${file}\``)
  if (!statSync(file).isFile()) throw new Error(`\`${file}\` is not a file`)
  refuseUnused(command, rest, options)
  const { study, skipped } = readStudyFile(file, options.name === undefined ? {} : { name: options.name })
  if (command === 'show') return described(study, skipped)
  if (command === 'plot') return plotted(study, rest, options)
  const [out] = rest
  if (out === undefined) throw new Error('`convert` needs a file to write: hyperopt-ts convert FILE OUT')
  return converted(study, out, options.name)
}

/** The options of each command, and the number of words that may follow its file. */
const TAKES = {
  show: { options: ['name'], words: 0 },
  plot: { options: ['out', 'x', 'y', 'name'], words: Infinity },
  convert: { options: ['name'], words: 1 },
}

function isCommand(word: string): word is keyof typeof TAKES {
  return Object.hasOwn(TAKES, word)
}

function refuseUnused(command: keyof typeof TAKES, words: readonly string[], options: Options): void {
  const takes = TAKES[command]
  const extra = words[takes.words]
  if (extra !== undefined) throw new Error(`\`${command}\` does not accept \`${extra}\``)
  for (const name of Object.keys(options)) {
    if (!takes.options.includes(name)) throw new Error(`\`${command}\` has no option \`--${name}\``)
  }
}

interface Options {
  readonly out?: string
  readonly x?: string
  readonly y?: string
  readonly name?: string
  readonly help?: boolean
}

function readWords(args: readonly string[]): { readonly positionals: readonly string[]; readonly options: Options } {
  const known = ['out', 'x', 'y', 'name', 'help']
  // Node's own message about an unknown option consists of two sentences about positional arguments.
  const unknown = args.find((word) => /^--[^=]/.test(word) && !known.includes(word.slice(2).split('=')[0] ?? ''))
  if (unknown !== undefined) {
    const name = unknown.split('=')[0] ?? unknown
    const options = known.map((one) => `--${one}`)
    throw new Error(`no option \`${name}\`${didYouMean(name, options) || `, choose from ${listNames(options)}`}`)
  }
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      x: { type: 'string' },
      y: { type: 'string' },
      name: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  return { positionals, options: values }
}

function described(study: Study, skipped: readonly number[]): string {
  const states = new Map<string, number>()
  for (const { state } of study.trials) states.set(state, (states.get(state) ?? 0) + 1)
  const counts = [...states].map(([state, count]) => `${count} ${state}`).join(', ')
  const lines = [`${counted(study.trials.length, 'trial')}${counts === '' ? '' : `: ${counts}`}`]
  if (skipped.length > 0)
    lines.push(`${counted(skipped.length, 'line')} that cannot be read, the first is line ${skipped[0]}`)
  if (study.misfits.length > 0)
    lines.push(`${study.misfits.length} do not match the space, the first: ${study.misfits[0]?.misfit}`)
  const { best } = study
  if (best !== undefined) lines.push(`best: trial ${best.number}, ${best.value}, ${JSON.stringify(best.params)}`)
  if (study.directions.length > 1) lines.push(`Pareto front: ${counted(paretoFront(study).length, 'trial')}`)
  const shares = study.directions.length > 1 ? [] : importance(study).filter(({ share }) => share > 0)
  if (shares.length > 0)
    lines.push(`importance: ${shares.map(({ path, share }) => `${path} ${Math.round(100 * share)} %`).join(', ')}`)
  return `${lines.join('\n')}\n`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function plotted(study: Study, asked: readonly string[], options: Options): string {
  const kinds = Object.keys(KINDS)
  for (const kind of asked) {
    if (!kinds.includes(kind))
      throw new Error(`no plot \`${kind}\`${didYouMean(kind, kinds) || `, choose from ${listNames(kinds)}`}`)
  }
  const objectives = study.directions.length
  if (asked.includes('pareto') && objectives !== 2)
    throw new Error(`\`pareto\` needs two objectives, the study has ${objectives}`)
  const { out = 'plots' } = options
  if (existsSync(out) && !statSync(out).isDirectory()) throw new Error(`\`${out}\` is not a folder`)
  const paths = pathsOf(study, options)
  mkdirSync(out, { recursive: true })
  const lines = (asked.length > 0 ? asked : possible(study, paths)).map((kind) => {
    const file = join(out, `${kind}.svg`)
    writeFileSync(file, KINDS[kind]?.(study, paths) ?? '')
    return file
  })
  return `${lines.join('\n')}\n`
}

/** Returns the plots that are meaningful for this study. */
function possible(study: Study, paths: readonly string[]): string[] {
  const one = study.directions.length === 1
  return Object.keys(KINDS).filter((kind) => {
    if (kind === 'pareto') return study.directions.length === 2
    if (kind === 'timeline') return study.trials.some(({ startedMs }) => startedMs !== undefined)
    return one && (paths.length > 1 || !['contour', 'rank'].includes(kind))
  })
}

function pathsOf(study: Study, { x, y }: Options): string[] {
  if (x !== undefined && x === y) throw new Error(`\`--x\` and \`--y\` must differ, both are \`${x}\``)
  const known = createLayout(study.space).axes.map(({ path }) => path)
  for (const path of [x, y]) {
    if (path !== undefined && !known.includes(path)) {
      throw new Error(`no parameter \`${path}\`${didYouMean(path, known) || `, choose from ${listNames(known)}`}`)
    }
  }
  const ranked = study.directions.length === 1 ? importance(study).map(({ path }) => path) : known
  const first = x ?? ranked.find((path) => path !== y)
  const second = y ?? ranked.find((path) => path !== first)
  return [first, second].filter((path) => path !== undefined)
}

function converted(study: Study, out: string, name: string | undefined): string {
  if (existsSync(out)) throw new Error(`\`${out}\` already exists`)
  if (!existsSync(dirname(out))) throw new Error(`no folder \`${dirname(out)}\``)
  const document = study.toJSON()
  if (out.endsWith('.json')) writeFileSync(out, `${JSON.stringify(document)}\n`)
  else if (out.endsWith('.log')) writeFileSync(out, toOptuna(document, name === undefined ? {} : { name }))
  else if (out.endsWith('.jsonl')) {
    const storage = journalStorage(out)
    createStudy({ space: study.space, directions: study.directions, sampler: randomSampler(), storage }).import(
      document,
    )
    storage.close()
  } else throw new Error(`\`${out}\` must end in .json, .jsonl or .log`)
  return `${out}: ${counted(document.trials.length, 'trial')}\n`
}
