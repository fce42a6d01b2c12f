import { join } from 'node:path'
import { findCommand, readArguments, SEND_FLAGS, usageError } from '@hotcb/commands'
import { messageOf, printable } from '@hotcb/protocol'
import { describe } from '@hotcb/run'
import { openRunDirectory } from '@hotcb/run/node'
import { isLive } from '@hotcb/sweep'
import { hasKernel, readSweepStatus, SweepError, selectTrials, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { rootOf, wordsOfRun } from '../../parse/command-words.ts'
import { factsOf } from '../ask/run-facts.ts'
import { inWorkspace, PIN_FLAG, readSweepWords, TRIAL_WORDS } from './place.ts'
import { selectionOf } from './wish.ts'

const { wait: _, late: __, ...CONDITION_FLAGS } = SEND_FLAGS

/** `herd set`. */
export const sweepSetCommand: CliCommand = cliCommand({
  args: {
    words: {
      ...TRIAL_WORDS,
      valueHint: 'KEY=VALUE',
      description: 'What to set, and the trial: `3 lr=0.01`. The directory of the sweep may come before it.',
    },
    pin: { ...PIN_FLAG, description: 'The running trials with this value of a parameter.' },
    all: { type: 'boolean', alias: 'a', description: 'All running trials.' },
    ...CONDITION_FLAGS,
    wait: {
      type: 'string',
      number: 'pause',
      default: '10',
      valueHint: 'S',
      description: 'Wait so many seconds for the answers. Default: 10.',
    },
  },
  about: [
    'Changes controls of trials while they train, as `hotcb set` does for one run: each trial is a run directory. A trial whose trainer has no kernel of hotcb is refused.',
  ],
  examples: [
    { type: 'hotcb sweep set 3 lr=0.01', does: 'in one trial' },
    { type: 'hotcb sweep set --all lr=x0.5', does: 'halve the rate of every running trial' },
  ],
  async run(args, context) {
    const pairs = args._.filter((word) => word.includes('='))
    const words = readSweepWords(
      args._.filter((word) => !word.includes('=')),
      { takesIndex: true, pin: args.pin },
      context,
    )
    if (pairs.length === 0) throw usageError('KEY=VALUE is missing: name at least one control to set')
    const selection = selectionOf(words, args.all === true)
    const flags = flagWords(args)
    return inWorkspace(words, context, async (workspace) => {
      const isNamed = words.index !== undefined
      const dirs = await runDirectories(workspace, selection, isNamed)
      return setAll(dirs, [...flags, ...pairs], args.at === undefined ? Number(args.wait) : 0, context)
    })
  },
})

interface TrialRun {
  readonly i: number
  readonly dir: string
}

async function runDirectories(
  workspace: Workspace,
  selection: Parameters<typeof selectTrials>[1],
  isNamed: boolean,
): Promise<readonly TrialRun[]> {
  const { trials } = await readSweepStatus(workspace)
  const running = new Set(trials.filter(({ state }) => isLive(state)).map(({ trial }) => trial.i))
  const live = selectTrials(workspace, selection).filter(({ trial }) => isNamed || running.has(trial.i))
  if (live.length === 0) throw new SweepError('refused', 'no trial runs; `herd status` shows them')
  return live.map(({ trial }) => ({ i: trial.i, dir: join(workspace.paths.results, String(trial.i)) }))
}

interface SetResult {
  readonly index: number
  readonly decision: string | null
  readonly step: number | null
  readonly text: string
}

async function setAll(
  dirs: readonly TrialRun[],
  typed: readonly string[],
  waitSeconds: number,
  { terminal, json }: CliContext,
): Promise<ExitCode> {
  // All are sent before the first is waited for.
  const sent = dirs.map((one) => ({ ...one, ...sendTo(one, typed) }))
  const results = await Promise.all(sent.map((one) => answerOf(one, waitSeconds)))
  if (json) terminal.json({ trials: results })
  else for (const { index, text } of results) terminal.out(`${String(index).padStart(4)}  ${printable(text)}`)
  if (results.some(({ decision }) => decision !== 'applied' && decision !== null)) return EXIT.refused
  return results.some(({ decision }) => decision === null) && waitSeconds > 0 ? EXIT.noAnswer : EXIT.done
}

type Delivery =
  | { readonly run: ReturnType<typeof openRunDirectory>; readonly cids: readonly string[]; readonly from: number }
  | { readonly problem: string }

/** Sends what `hotcb set` would send to this run. */
function sendTo({ dir }: TrialRun, typed: readonly string[]): Delivery {
  if (!hasKernel(dir)) return { problem: 'its trainer opened no run directory' }
  try {
    const run = openRunDirectory(dir)
    const verb = findCommand(rootOf(wordsOfRun(run)), ['set']).leaf?.verb?.()
    if (verb === undefined) return { problem: 'there is no command `set`' }
    const asked = verb.ask(
      readArguments(verb.args, typed).values,
      factsOf(() => run),
    )
    if (asked.kind !== 'commands') return { problem: '`set` sends nothing here' }
    const { cids, from } = run.send(
      asked.drafts.map((draft) => ({ ...draft, ...(asked.note !== undefined && { note: asked.note }) })),
      { source: 'sweep' },
      asked.conditions,
    )
    return { run, cids, from }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** Flags of `hotcb set`, as they were typed. */
function flagWords(args: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(CONDITION_FLAGS).flatMap((name) => {
    const value = args[name]
    return typeof value === 'string' ? [`--${name}=${value}`] : []
  })
}

async function answerOf(sent: TrialRun & Delivery, waitSeconds: number): Promise<SetResult> {
  if ('problem' in sent) return { index: sent.i, decision: 'failed', step: null, text: sent.problem }
  const { run, cids, from, i } = sent
  const { lines } = waitSeconds === 0 ? { lines: [] } : await run.answers(cids, { from, timeoutMs: waitSeconds * 1000 })
  const [line] = lines
  if (line === undefined) return { index: i, decision: null, step: null, text: 'queued' }
  const said = lines.map((one) => describe(one)).join('; ')
  const worst = lines.find(({ decision }) => decision !== 'applied') ?? line
  return { index: i, decision: worst.decision, step: line.step, text: `step ${line.step}: ${said}` }
}
