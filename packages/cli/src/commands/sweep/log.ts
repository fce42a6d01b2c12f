import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '@hotcb/commands'
import { printable, runFiles } from '@hotcb/protocol'
import { describe } from '@hotcb/run'
import { isRunDirectory, openRunDirectory } from '@hotcb/run/node'
import { trialState } from '@hotcb/sweep'
import { selectTrials, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'
import { isOverFor } from './tail.ts'

/** `herd log`. */
export const sweepLogCommand: CliCommand = cliCommand({
  args: {
    words: TRIAL_WORDS,
    lines: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      default: '50',
      valueHint: 'N',
      description: 'The number of lines. Default: 50.',
    },
    follow: { type: 'boolean', alias: 'f', description: 'Print new entries until the trial ends.' },
  },
  about: ["Shows a trial's history: the sweep's journal and the trial's ledger, in chronological order."],
  examples: [
    { type: 'hotcb sweep log 3', does: 'for trial 3' },
    { type: 'hotcb sweep log 3 -f', does: 'and follow new entries' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    const { index } = words
    if (index === undefined) throw usageError('TRIAL is missing: give the index of the trial')
    return inWorkspace(words, context, async (workspace) => {
      selectTrials(workspace, { index })
      const changed = changesOf(workspace, index)
      const sources = [journalEntries, ledgerEntries].map((read) => ({ read, entries: read(workspace, index) }))
      const shown = byTime(sources.flatMap(({ entries }) => entries)).slice(-Number(args.lines))
      const { terminal, json } = context
      if (args.follow !== true) {
        if (json) terminal.json({ index, entries: shown })
        else for (const one of shown) printEntry(one, context)
        return EXIT.done
      }
      for (const one of shown) printEntry(one, context)
      const seen = sources.map(({ read, entries }) => ({ read, count: entries.length }))
      const end = await untilInterrupted(LOOK_MS, () => {
        const isOver = hasEndedByJournal(workspace, index)
        if (changed())
          for (const one of byTime(seen.flatMap((source) => newEntries(source, workspace, index))))
            printEntry(one, context)
        return isOver ? 'done' : undefined
      })
      return end === 'done' ? EXIT.done : EXIT.interrupted
    })
  },
})

const LOOK_MS = 300

function printEntry(entry: Entry, { terminal, json }: CliContext): void {
  if (json) {
    terminal.json(entry)
    return
  }
  const time = new Date(entry.ts * 1000).toISOString().slice(0, 19).replace('T', ' ')
  terminal.out(`${terminal.dim(time)}  ${printable(entry.text)}`)
}

function byTime(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((a, b) => a.ts - b.ts)
}

interface Source {
  readonly read: (workspace: Workspace, index: number) => readonly Entry[]
  count: number
}

function newEntries(source: Source, workspace: Workspace, index: number): readonly Entry[] {
  const all = source.read(workspace, index)
  const fresh = all.slice(source.count)
  source.count = all.length
  return fresh
}

/** Whether the journal already has an entry for the end of the trial. */
function hasEndedByJournal(workspace: Workspace, index: number): boolean {
  workspace.journal.refresh()
  return selectTrials(workspace, { index }).every((record) => isOverFor(trialState(record)))
}

/**
 * Returns a function that compares file sizes to check whether there may be new entries, so that a large sweep's journal is not read at
 * every check.
 */
function changesOf({ paths }: Workspace, index: number): () => boolean {
  const sizes = (): string => {
    const journal = readdirSync(paths.journal).map((name) => join(paths.journal, name))
    const ledger = join(paths.results, String(index), runFiles.ledger)
    return [...journal, ledger].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0).join()
  }
  let before = sizes()
  return () => {
    const now = sizes()
    const isNew = now !== before
    before = now
    return isNew
  }
}

interface Entry {
  readonly ts: number
  readonly text: string
}

function journalEntries({ journal }: Workspace, index: number): readonly Entry[] {
  let want: string | null = null
  let latest = 0
  return journal.lines().flatMap(({ ts, by, event }) => {
    if (isAbout(event, index) && event.type === 'wish') want = event.want
    if (isAbout(event, index) && event.type === 'call') want = null
    const text = journalText(event, index, want)
    if (text === null) return []
    // A driver may detect the start of an attempt after its end. The journal's order is right.
    latest = Math.max(latest, timeOf(event, index, ts))
    return [{ ts: latest, text: `${text}  (${by})` }]
  })
}

/**
 * Returns when an attempt ended, which is earlier than when its end was detected. The end is known to the second, so the last moment of that
 * second is returned: all that the trial did comes before it.
 */
function timeOf(event: JournalEvent, index: number, ts: number): number {
  const ended = event.type === 'seen' ? event.rows.find(([i]) => i === index)?.[4].ended : undefined
  if (ended === undefined) return ts
  // With a different clock, the end may be later than its detection.
  return Math.max(ended, Math.min(ts, ended + 0.999))
}

type JournalEvent = ReturnType<Workspace['journal']['lines']>[number]['event']

/** Describes a journal line for one trial; null if the line is about other trials. */
function journalText(event: JournalEvent, index: number, want: string | null): string | null {
  if (event.type === 'seen') {
    const row = event.rows.find(([i]) => i === index)
    return row === undefined ? null : seenText(row, want)
  }
  if (event.type === 'plan') {
    const trial = event.trials.find(({ i }) => i === index)
    return trial === undefined ? null : `planned as ${trial.name}`
  }
  if (event.type === 'intent') {
    const attempt = event.attempts.find(([i]) => i === index)
    if (attempt === undefined) return null
    const how = event.job === undefined ? `started (${event.executor})` : `is job ${event.job || 'unknown'}`
    return `attempt ${attempt[1]} ${how}`
  }
  return isAbout(event, index) ? actText(event) : null
}

function isAbout(event: JournalEvent, index: number): boolean {
  if (event.type === 'told') return event.i === index
  if (event.type === 'decide') return event.trial === index
  return 'trials' in event && event.trials.some((one) => one === index)
}

function actText(event: JournalEvent): string | null {
  switch (event.type) {
    case 'call':
      return 'run requested'
    case 'drop':
    case 'orphan':
    case 'revive':
      return WORDS_OF[event.type]
    case 'wish':
      return `${event.want}${event.why === undefined ? '' : `: ${event.why}`}`
    case 'told':
      return event.what === 'signal'
        ? `attempt ${event.n} is asked to stop`
        : `attempt ${event.n} is sent ${event.what}`
    case 'decide':
      if (event.planner === 'stages') return `becomes a parent of stage ${String(event.evidence['stage'])}`
      return `${event.planner}: ${event.verdict} (${event.key})`
    default:
      return null
  }
}

const WORDS_OF = {
  drop: 'removed from the config',
  orphan: 'removed from the config, but kept',
  revive: 'is back in the config',
}

const ENDED_BY: Readonly<Record<string, string>> = { pause: 'is paused', prune: 'is pruned', stop: 'is stopped' }

/**
 * Describes the end of a trial.
 * @param want The request (such as `stop`) that was made about the trial, which explains its end.
 */
function seenText(
  [, n, , state, { code, reason, job }]: Extract<JournalEvent, { type: 'seen' }>['rows'][number],
  want: string | null,
): string {
  const asked = state === 'failed' || state === 'cancelled' ? ENDED_BY[want ?? ''] : undefined
  const facts = [
    ...(reason === undefined || asked !== undefined ? [] : [reason]),
    ...(code === undefined ? [] : [`exit code ${code}`]),
    ...(job === undefined ? [] : [`process ${job}`]),
  ].join(', ')
  return `attempt ${n} ${asked ?? (state === 'running' ? 'runs' : state)}${facts === '' ? '' : `: ${facts}`}`
}

function ledgerEntries({ paths }: Workspace, index: number): readonly Entry[] {
  const dir = join(paths.results, String(index))
  if (!isRunDirectory(dir)) return []
  const entries: Entry[] = []
  for (const { value } of openRunDirectory(dir).records('ledger')) {
    entries.push({ ts: value.wall_time ?? 0, text: `step ${value.step}: ${describe(value)} (${value.decision})` })
  }
  return entries
}
