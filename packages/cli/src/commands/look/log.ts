import { usageError, type Values } from '@hotcb/commands'
import { DECISIONS, type ModuleTable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { type LogFormat, type LogPrinter, logPrinter } from '../../print/log-print.ts'
import type { Terminal } from '../../print/terminal.ts'
import { type LedgerRecord, moduleTable, openRun, type Run } from '../../run.ts'
import { followUntilInterrupted } from '../../until-interrupted.ts'
import { isSave, matcherOf } from './log-filter.ts'
import { leftOut } from './log-left-out.ts'

/** `hotcb log`: the ledger as a log for people. */
export const logCommand: CliCommand = cliCommand({
  args: {
    last: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      valueHint: 'N',
      description: 'The last N entries. Default: 20; with `--json` all.',
    },
    all: {
      type: 'boolean',
      description: 'All entries, including checkpoint saves; with `--last N` the last N of them.',
    },
    changes: {
      type: 'boolean',
      description: 'Only entries that changed the training: applied, except pauses, saves and restarts.',
    },
    follow: { type: 'boolean', alias: 'f', description: 'Print new entries as they arrive, until Ctrl-C is pressed.' },
    module: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Only entries from this module: `opt`, `loss`, `core`, …',
    },
    key: {
      type: 'string',
      valueHint: 'KEY',
      description: 'Only entries about this control or handle.',
      completes: { kind: 'controls' },
    },
    who: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Only entries from this author or source: `cli`, `yaml`, a user.',
    },
    outcome: {
      type: 'enum',
      options: [...DECISIONS, 'refused'],
      valueHint: 'WORD',
      description:
        'Only entries with this outcome: `applied`, `failed`, `rejected`, …; `refused` is everything except `applied`.',
    },
    'from-step': {
      type: 'string',
      number: 'whole',
      valueHint: 'N',
      description: 'Only entries at or after this step.',
    },
    'to-step': {
      type: 'string',
      number: 'whole',
      valueHint: 'N',
      description: 'Only entries up to and including this step.',
    },
    format: { type: 'enum', options: ['text', 'markdown', 'json'], description: 'Default: text.' },
  },
  about: [
    'Each entry shows its number, time, step and author, the old and new values, the outcome, and the reason. `--json` and `--format json` print the ledger lines themselves, one per line: all of them, unless `--last` is given.',
    'On a terminal, checkpoint saves are left out unless a filter or `--all` is given. The number of entries left out is reported on standard error, except with `--all` or `-n 0`.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 log', does: 'the last 20 entries' },
    { type: 'hotcb log --changes --all', does: 'every change' },
    { type: 'hotcb log --key lr --outcome applied --all', does: 'every applied learning rate' },
    { type: 'hotcb log --follow --outcome refused', does: 'show refused commands as they arrive' },
    { type: 'hotcb log --all --format markdown > log.md', does: 'for a report' },
  ],
  async run(args, context) {
    const { terminal } = context
    const run = openRun(context.dir)
    const format = formatOf(args.format, context)
    const table = moduleTable(run)
    const { fits, isFiltered } = filterOf(args, table)
    const isWhole = args.all === true
    const hidesSaves = format === 'text' && terminal.isTerminal && !isFiltered && !isWhole
    const isWanted = hidesSaves ? (record: LedgerRecord): boolean => !isSave(record) : fits
    const printer = logPrinter(format, terminal, table)
    const follow = args.follow === true ? run.follow('ledger', 'end') : undefined
    const end = follow?.offset ?? Number.POSITIVE_INFINITY
    const isShown = (record: LedgerRecord): boolean => record.offset < end && isWanted(record)
    const last = lastOf(args, format)
    const printBefore = async (pause: () => Promise<boolean>): Promise<void> => {
      if (last === Number.POSITIVE_INFINITY) return printAll(run, isShown, printer, pause)
      if (last === 0) return
      const shown = run.last('ledger', last, isShown)
      if (format !== 'json' && !isWhole) tellLeftOut(leftOut(run, shown, isFiltered ? fits : undefined), terminal)
      printer.print(shown)
    }
    if (follow === undefined) {
      await printBefore(async () => false)
      if (last > 0) printer.end(isFiltered)
      return EXIT.done
    }
    const onRecord = (record: LedgerRecord): void => {
      if (isWanted(record)) printer.print([record])
    }
    await followUntilInterrupted(follow, onRecord, printBefore)
    return EXIT.interrupted
  },
})

const DEFAULT_LAST = 20

/** Returns the number of entries to show; Infinity for all. `--last` also limits `--all`. */
function lastOf({ last, all }: Values, format: LogFormat): number {
  if (last !== undefined) return Number(last)
  return all === true || format === 'json' ? Number.POSITIVE_INFINITY : DEFAULT_LAST
}

interface Fitting {
  readonly fits: (record: LedgerRecord) => boolean
  readonly isFiltered: boolean
}

function filterOf(args: Values, table: ModuleTable): Fitting {
  const filter = {
    module: textOf(args['module']),
    key: textOf(args['key']),
    who: textOf(args['who']),
    outcome: textOf(args['outcome']),
    changes: args['changes'] === true ? table : undefined,
    fromStep: numberOf(textOf(args['from-step'])),
    toStep: numberOf(textOf(args['to-step'])),
  }
  return { fits: matcherOf(filter), isFiltered: Object.values(filter).some((value) => value !== undefined) }
}

async function printAll(
  run: Run,
  isShown: (record: LedgerRecord) => boolean,
  printer: LogPrinter,
  pause: () => Promise<boolean>,
): Promise<void> {
  let count = 0
  for (const record of run.records('ledger')) {
    if (isShown(record)) printer.print([record])
    if (++count % PAUSE_AFTER === 0 && (await pause())) return
  }
}

// A signal is only detected between two lines.
const PAUSE_AFTER = 200

function tellLeftOut(left: string, terminal: Terminal): void {
  if (left !== '') terminal.err(terminal.dim(left))
}

function textOf(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function formatOf(given: string | undefined, { json }: CliContext): LogFormat {
  if (json && given !== undefined && given !== 'json') {
    throw usageError(`\`--json\` and \`--format ${given}\` cannot be combined`)
  }
  // The option parser accepts only these three values.
  return json ? 'json' : ((given ?? 'text') as LogFormat)
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
