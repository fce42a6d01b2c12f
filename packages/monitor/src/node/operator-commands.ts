import { messageOf, printable } from '@hotcb/protocol'
import { openProposals } from '../audit.ts'
import { totalsOf } from '../prompt/tick-state.ts'
import { actOf } from '../tools/act-of.ts'
import { checkArguments } from '../tools/arguments.ts'
import { findTool } from '../tools/table.ts'
import { readPlan } from './monitor-files.ts'
import type { MonitorParts } from './monitor-parts.ts'
import { readOutlook } from './outlook.ts'
import { plotOfWords } from './plot.ts'
import type { PostFile } from './post.ts'
import { READ_TOOLS } from './read-tools.ts'
import { resultsFile, statsFile, trialsFile } from './tables.ts'

type Words = readonly string[]

/** The answer that a command's author receives. */
export interface CommandAnswer {
  readonly text: string
  /** A table, or a picture. */
  readonly file?: PostFile
}

/** A command that people type in a chat. The names are HyperHerd's. */
export interface OperatorCommand {
  readonly name: string
  /** Its arguments, such as `TRIAL [REASON]`. */
  readonly words: string
  readonly about: string
  /** Whether everyone in the channel may use it, because it only reads. */
  readonly isOpen: boolean
  run(parts: MonitorParts, words: Words, by: string): Promise<string | CommandAnswer> | string
}

/** Carries out a line such as `/stop 3`. */
export async function runCommand(parts: MonitorParts, line: string, by: string): Promise<CommandAnswer> {
  const [word = '', ...words] = line.trim().replace(/^\//, '').split(/\s+/)
  const command = findCommand(word)
  if (command === undefined)
    return { text: `unknown command /${printable(word).slice(0, 40)}; type /help to list the commands` }
  try {
    const answer = await command.run(parts, words, by)
    return typeof answer === 'string' ? { text: answer } : answer
  } catch (error) {
    return { text: messageOf(error) }
  }
}

export function findCommand(name: string): OperatorCommand | undefined {
  return OPERATOR_COMMANDS.find((one) => one.name === name)
}

const look = (parts: MonitorParts): ReturnType<typeof readOutlook> => readOutlook(parts.workspace, parts.nowMs() / 1000)

/**
 * Carries out a person's act with the same checks as a tool call but without its permissions: people may do things that the config forbids
 * a model to do.
 */
async function act(parts: MonitorParts, tool: string, args: Readonly<Record<string, unknown>>): Promise<string> {
  const spec = findTool(tool)
  if (spec === undefined) throw new Error(`unknown tool ${tool}`)
  const read = checkArguments(spec, args)
  if (!read.ok) return read.reason
  const decided = actOf(spec, read.value, await look(parts), parts.config)
  if (!decided.ok) return decided.reason
  const { ok, text } = await parts.actor.act(decided.value)
  return ok ? text : `it failed: ${text}`
}

function indexOf(words: Words): number {
  const [word = ''] = words
  if (!/^\d+$/.test(word))
    throw new Error(`which trial? type its index instead of ${JSON.stringify(printable(word).slice(0, 40))}`)
  return Number(word)
}

function about(words: Words, by: string): string {
  return words.length > 1 ? words.slice(1).join(' ') : `asked by ${by}`
}

const one =
  (tool: string) =>
  (parts: MonitorParts, words: Words, by: string): Promise<string> =>
    act(parts, tool, { index: indexOf(words), reason: about(words, by) })

export const OPERATOR_COMMANDS: readonly OperatorCommand[] = [
  {
    name: 'status',
    words: '',
    about: 'The state of the sweep.',
    isOpen: true,
    run: async (parts) => statusText(await look(parts)),
  },
  {
    name: 'running',
    words: '',
    about: 'The running trials.',
    isOpen: true,
    run: async (parts) => runningText(await look(parts)),
  },
  {
    name: 'params',
    words: 'TRIAL',
    about: 'The values of a trial.',
    isOpen: true,
    run: async (parts, words) => {
      const index = indexOf(words)
      const trial = (await look(parts)).trials.find(({ i }) => i === index)
      return trial === undefined ? `trial ${index} does not exist` : JSON.stringify(trial.params)
    },
  },
  { name: 'metrics', words: '[METRIC]', about: 'The last values of a metric.', isOpen: true, run: metricsText },
  {
    name: 'tail',
    words: 'TRIAL [LINES]',
    about: "The last lines of a trial's output.",
    isOpen: true,
    run: async (parts, [index = '', lines = '20']) => {
      const args = { index: indexOf([index]), lines: Math.min(200, Number(lines) || 20) }
      return JSON.stringify(READ_TOOLS['tail_log']?.({ ...parts, outlook: await look(parts) }, args), null, 1)
    },
  },
  {
    name: 'results',
    words: '',
    about: 'The results of all trials.',
    isOpen: true,
    run: async (parts) => tableAnswer(resultsFile({ workspace: parts.workspace, outlook: await look(parts) })),
  },
  {
    name: 'trials',
    words: '',
    about: 'The state of all trials.',
    isOpen: true,
    run: async (parts) => tableAnswer(trialsFile({ outlook: await look(parts) })),
  },
  {
    name: 'stats',
    words: '[TRIAL]',
    about: 'Time and memory of trials.',
    isOpen: true,
    async run(parts, words) {
      const file = await statsFile(parts, words.length === 0 || words[0] === '' ? null : indexOf(words))
      return file === null ? 'No accounting data available.' : tableAnswer(file)
    },
  },
  {
    name: 'plot',
    words: '[KIND] [METRIC] [TRIALS] [smooth=N]',
    about: 'A plot: curves, parallel, importance, contour, rungs or lineage.',
    isOpen: true,
    run: (parts, words) => plotOfWords(parts, words),
  },
  {
    name: 'plan',
    words: '',
    about: 'The plan that the model wrote.',
    isOpen: true,
    run: ({ paths }) => readPlan(paths) || 'the model has not written a plan yet',
  },
  {
    name: 'info',
    words: '',
    about: "The monitor's health, spending and open proposals.",
    isOpen: true,
    run: infoText,
  },
  {
    name: 'run',
    words: 'TRIAL',
    about: 'Starts a trial.',
    isOpen: false,
    run: (parts, words, by) => act(parts, 'run_indices', { indices: [indexOf(words)], reason: about(words, by) }),
  },
  {
    name: 'run_all',
    words: '',
    about: 'Starts all trials that are ready, failed or cancelled.',
    isOpen: false,
    run: async (parts, _, by) => {
      const { trials } = await look(parts)
      const due = trials.filter(({ state }) => state === 'ready' || state === 'failed' || state === 'cancelled')
      const expect = due.map(({ i, state, attempt }) => ({ i, state, attempt }))
      if (due.length === 0) return 'no trial is ready, failed or cancelled'
      const reason = `asked by ${by}`
      const { ok, text } = await parts.actor.act({ tool: 'run_indices', args: {}, expect, class: 'costly', reason })
      return ok ? text : `it failed: ${text}`
    },
  },
  { name: 'stop', words: 'TRIAL [REASON]', about: 'Stops a trial.', isOpen: false, run: one('stop_index') },
  {
    name: 'stop_all',
    words: '',
    about: 'Stops all trials.',
    isOpen: false,
    run: (parts, _, by) => act(parts, 'stop_all', { reason: `asked by ${by}` }),
  },
  {
    name: 'pause',
    words: 'TRIAL',
    about: 'Lets a trial save a checkpoint and exit.',
    isOpen: false,
    run: one('pause_index'),
  },
  { name: 'resume', words: 'TRIAL', about: 'Resumes a paused trial.', isOpen: false, run: one('resume_index') },
  { name: 'prune', words: 'TRIAL [REASON]', about: 'Prunes a trial.', isOpen: false, run: one('prune_index') },
  {
    name: 'sh',
    words: '[dry_run]',
    about: 'Judges all trials once by successive halving.',
    isOpen: false,
    run: (parts, [word]) => act(parts, 'run_sh', { dry_run: word === 'dry_run' }),
  },
  {
    name: 'approve',
    words: 'PROPOSAL',
    about: 'Approves a proposal.',
    isOpen: false,
    run: ({ actor }, [id = ''], by) => actor.answer(id, 'approved', by),
  },
  {
    name: 'reject',
    words: 'PROPOSAL',
    about: 'Rejects a proposal.',
    isOpen: false,
    run: ({ actor }, [id = ''], by) => actor.answer(id, 'rejected', by),
  },
  {
    name: 'shutdown',
    words: '',
    about: 'Stops the monitor after its current tick; trials continue.',
    isOpen: false,
    run: ({ stop }) => {
      stop()
      return 'the monitor will stop after this tick; trials continue'
    },
  },
  {
    name: 'help',
    words: '',
    about: 'Lists the commands.',
    isOpen: true,
    run: () =>
      OPERATOR_COMMANDS.map(
        ({ name, words, about: text }) => `/${name}${words === '' ? '' : ` ${words}`}  ${text}`,
      ).join('\n'),
  },
]

function tableAnswer(file: PostFile): CommandAnswer {
  return { text: file.about, file }
}

type Look = Awaited<ReturnType<typeof readOutlook>>

/** Describes the state of the sweep in a few lines. */
export function statusText({ sweep, trials, driver, silent }: Look): string {
  const { total, ...states } = totalsOf(trials)
  const counts = Object.entries(states).map(([state, count]) => `${state} ${count}`)
  const stale = silent.length === 0 ? '' : `\n${silent.map((why) => printable(why)).join('\n')}`
  return `${sweep}: ${total} trials: ${counts.join(', ')}\n${driver === null ? 'no driver is running' : `driver: ${driver}`}${stale}`
}

function runningText({ trials }: Look): string {
  const lines = trials
    .filter(({ state }) => state === 'running')
    .slice(0, 30)
    .map(({ i, name, step, stepsPerMinute }) => {
      const rate = stepsPerMinute === null ? '' : `, ${stepsPerMinute.toFixed(1)} a minute`
      return `${i} ${name}${step === null ? '' : `: step ${step}${rate}`}`
    })
  return lines.length === 0 ? 'no trial is running' : lines.join('\n')
}

async function metricsText(parts: MonitorParts, [metric]: Words): Promise<string> {
  const outlook = await look(parts)
  return JSON.stringify(
    READ_TOOLS['summarize_metrics']?.({ ...parts, outlook }, metric === undefined ? {} : { metric }),
    null,
    1,
  )
}

function infoText({ setup, actor }: MonitorParts): string {
  const { fold } = actor
  const questions = openProposals(fold).map(({ id, text }) => `${id}: ${text}`)
  const spent = setup === null ? 'no model is used' : `${setup.model.name}, ${setup.spending.totals().calls} calls`
  return [`tick ${fold.tick}, ${spent}`, ...(questions.length === 0 ? ['no open proposals'] : questions)].join('\n')
}
