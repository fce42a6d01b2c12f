import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { refusal, usageError } from '@hotcb/commands'
import { describeExit, messageOf } from '@hotcb/protocol'
import type { BenchRequest, BenchSuite, CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'

/** The flags that all benchmark commands have. */
export const BENCH_FLAGS = {
  tasks: { type: 'string', valueHint: 'A,B', description: 'Only these tasks. Default: all; see `--list`.' },
  arms: { type: 'string', valueHint: 'A,B', description: 'Only these arms, plus `nothing`. Default: all.' },
  seeds: {
    type: 'string',
    number: 'count',
    default: '20',
    valueHint: 'N',
    description: 'Number of seeds for each. Default: 20.',
  },
  first: {
    type: 'string',
    number: 'whole',
    default: '1',
    valueHint: 'N',
    description: 'The first seed. Default: 1.',
  },
  steps: {
    type: 'string',
    number: 'count',
    default: '2000',
    valueHint: 'N',
    description: 'Steps that each training run may compute, including steps that a rollback undoes. Default: 2000.',
  },
  out: {
    type: 'string',
    default: 'hotcb-bench',
    valueHint: 'DIR',
    description:
      'Where the rows and the report are written. Training runs that are already there are not repeated. Default: hotcb-bench.',
  },
  jobs: {
    type: 'string',
    number: 'count',
    default: '1',
    valueHint: 'N',
    description: 'Number of parallel processes. Default: 1.',
  },
  part: {
    type: 'string',
    valueHint: 'I/N',
    description: 'Only every Nth training run, starting with number I, and no report.',
  },
  report: { type: 'boolean', description: 'Do not train; write the report from the existing rows.' },
  list: { type: 'boolean', description: 'List the tasks and arms.' },
  'ai-model': {
    type: 'string',
    valueHint: 'NAME',
    description: 'Call this model in the arms that use a language model. Default: scripted answers.',
  },
  'ai-base-url': {
    type: 'string',
    valueHint: 'URL',
    description: 'Its OpenAI-compatible endpoint. The key is read from HOTCB_AI_KEY.',
  },
  'ai-budget': {
    type: 'string',
    number: 'positive',
    default: '5',
    valueHint: 'USD',
    description:
      'The most that all training runs may cost per day, in US dollars. Default: 5. The benchmark stops at this limit.',
  },
} as const

/** The flags as the user typed them. */
export interface BenchFlags {
  readonly tasks?: string | undefined
  readonly arms?: string | undefined
  readonly seeds: string
  readonly first: string
  readonly steps: string
  readonly out: string
  readonly jobs: string
  readonly part?: string | undefined
  readonly report?: boolean | undefined
  readonly list?: boolean | undefined
  readonly 'ai-model'?: string | undefined
  readonly 'ai-base-url'?: string | undefined
  readonly 'ai-budget': string
}

/** Executes the training runs whose results are missing, and writes the report. */
export async function measure(bench: BenchSuite, args: BenchFlags, context: CliContext): Promise<ExitCode> {
  const { terminal, env } = context
  if (args.list === true) return list(bench, context)
  if (args.report === true && args.part !== undefined)
    throw usageError('`--part` and `--report` cannot be combined: `--report` does not train')
  const request: BenchRequest = {
    out: args.out,
    tasks: chosen('--tasks', args.tasks, bench.tasks),
    arms: withBaseline(chosen('--arms', args.arms, bench.arms)),
    seeds: Array.from({ length: Number(args.seeds) }, (_, at) => Number(args.first) + at),
    steps: Number(args.steps),
    part: partOf(args.part) ?? { index: 0, of: jobsOf(args.jobs) },
    ai: aiOf(args['ai-model'], args['ai-base-url'], Number(args['ai-budget'])),
    env,
    say: (line) => terminal.err(line),
  }
  if (request.ai !== null && !request.arms.some((name) => name.includes('llm'))) {
    throw usageError('`--ai-model` needs an arm with a language model: llm, llm-first or tune-llm')
  }
  if (args.report !== true) makeDirectory(args.out)
  if (args.report !== true && !(await train(bench, request, args.part === undefined ? request.part.of : 1))) {
    terminal.err('interrupted; run the same command again to continue')
    return EXIT.interrupted
  }
  return args.part === undefined ? await report(bench, request, context) : EXIT.done
}

function list({ tasks, arms }: BenchSuite, { terminal, json }: CliContext): ExitCode {
  if (json) {
    terminal.json({ tasks, arms })
    return EXIT.done
  }
  const width = Math.max(...[...tasks, ...arms].map(({ name }) => name.length))
  for (const [head, all] of [
    ['Tasks', tasks],
    ['Arms', arms],
  ] as const) {
    terminal.out(terminal.bold(head))
    for (const { name, title } of all) terminal.out(`  ${name.padEnd(width)} ${terminal.dim(title)}`)
  }
  return EXIT.done
}

function chosen(flag: string, text: string | undefined, all: readonly { readonly name: string }[]): readonly string[] {
  const known = all.map(({ name }) => name)
  const names = text?.split(',') ?? known
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw usageError(`\`${flag} ${unknown}\` is unknown; choose from ${known.join(', ')}`)
  return names
}

/** Adds the runs without any change, to which all others are compared. */
function withBaseline(arms: readonly string[]): readonly string[] {
  return arms.includes('nothing') ? arms : ['nothing', ...arms]
}

function makeDirectory(out: string): void {
  try {
    mkdirSync(out, { recursive: true })
    if (!statSync(out).isDirectory()) throw new Error('it is a file')
  } catch (error) {
    throw refusal(`the directory \`--out ${out}\` cannot be created: ${messageOf(error)}`)
  }
}

/** Reads the number of processes. Each process trains on a separate core. */
function jobsOf(text: string): number {
  const most = Math.max(8, availableParallelism())
  if (Number(text) > most) throw usageError(`\`--jobs\` must be at most ${most} on this machine, got ${text}`)
  return Number(text)
}

function partOf(text: string | undefined): BenchRequest['part'] | undefined {
  if (text === undefined) return undefined
  const [, index = '', of = ''] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []
  if (of === '' || Number(index) >= Number(of))
    throw usageError(`\`--part\` must be an index and a count, such as 0/4 to 3/4, got "${text}"`)
  return { index: Number(index), of: Number(of) }
}

function aiOf(model: string | undefined, baseUrl: string | undefined, budgetUsd: number): BenchRequest['ai'] {
  if (model === undefined && baseUrl === undefined) return null
  if (model === undefined) throw usageError('`--ai-base-url` needs `--ai-model`')
  return { model, budgetUsd, ...(baseUrl !== undefined && { baseUrl }) }
}

type Exit = readonly [code: number | null, signal: NodeJS.Signals | null]

/** Executes the training runs. Returns false if it was interrupted. */
async function train(bench: BenchSuite, request: BenchRequest, jobs: number): Promise<boolean> {
  const stop = new AbortController()
  const children: ChildProcess[] = []
  const end = (): void => {
    stop.abort()
    for (const child of children) child.kill('SIGINT')
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    for (let index = 1; index < jobs; index++) children.push(startPart(index, jobs))
    const ends = children.map((child) => new Promise<Exit>((resolve) => child.once('exit', (...exit) => resolve(exit))))
    await bench.train(request, stop.signal).catch((error: unknown) => {
      end()
      throw refusal(`${messageOf(error)}; run the same command again to continue`)
    })
    const exits = await Promise.all(ends)
    const failed = exits.find(([code]) => code !== 0 && code !== EXIT.interrupted)
    if (failed !== undefined && !stop.signal.aborted) throw refusal(`a benchmark process ${describeExit(...failed)}`)
    return !stop.signal.aborted
  } finally {
    process.removeListener('SIGINT', end)
    process.removeListener('SIGTERM', end)
  }
}

/** Starts this command in a separate process, for one part of the training runs. */
function startPart(index: number, of: number): ChildProcess {
  const [node = process.execPath, ...words] = process.argv
  const own = words.filter((word, at) => !/^--jobs(=|$)/.test(word) && words[at - 1] !== '--jobs')
  return spawn(node, [...process.execArgv, ...own, '--part', `${index}/${of}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function report(bench: BenchSuite, request: BenchRequest, { terminal, json }: CliContext): Promise<ExitCode> {
  const { files, note, rows, summary, text } = await bench.report(request)
  if (rows === 0) throw refusal(`there is no training run in \`${request.out}\`; start with \`hotcb bench run\``)
  if (note !== null) terminal.err(note)
  if (json) {
    terminal.json({ files, summary })
    return EXIT.done
  }
  terminal.page(text)
  for (const file of files) terminal.out(terminal.dim(file))
  return EXIT.done
}
