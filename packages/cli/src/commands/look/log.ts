import { usageError } from '@hotcb/commands'
import { DECISIONS } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { type LogFormat, logPrinter } from '../../print/log-print.ts'
import { type LedgerRecord, moduleTable, openRun } from '../../run.ts'
import { followUntilInterrupted } from '../../until-interrupted.ts'
import { matcherOf } from './log-filter.ts'

/** `hotcb log`: the ledger as a logbook. */
export const logCommand: CliCommand = cliCommand({
  args: {
    last: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      default: '20',
      valueHint: 'N',
      description: 'The last N entries. Default: 20.',
    },
    all: { type: 'boolean', description: 'All entries.' },
    follow: { type: 'boolean', alias: 'f', description: 'Go on with what comes, until ctrl-c.' },
    module: { type: 'string', valueHint: 'NAME', description: 'Only of this module: `opt`, `loss`, `core`, …' },
    key: {
      type: 'string',
      valueHint: 'KEY',
      description: 'Only what touches this control or handle.',
      completes: { kind: 'controls' },
    },
    who: { type: 'string', valueHint: 'NAME', description: 'Only of this author or source: `cli`, `yaml`, a user.' },
    outcome: {
      type: 'enum',
      options: [...DECISIONS, 'refused'],
      valueHint: 'WORD',
      description: 'Only `applied`, `failed`, `rejected`, …; `refused` is all but `applied`.',
    },
    'from-step': { type: 'string', number: 'whole', valueHint: 'N', description: 'Only from this step on.' },
    'to-step': { type: 'string', number: 'whole', valueHint: 'N', description: 'Only up to this step.' },
    format: { type: 'enum', options: ['text', 'markdown', 'json'], description: 'Default: text.' },
  },
  about: [
    'Each entry: its number, when, at which step, who asked, what changed from what to what, what became of it, and why. `--json` and `--format json` give the ledger lines themselves, one a line.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 log', does: 'the last 20 entries' },
    { type: 'hotcb log --key lr --outcome applied --all', does: 'every learning rate there was' },
    { type: 'hotcb log --follow --outcome refused', does: 'watch what is refused' },
    { type: 'hotcb log --all --format markdown > log.md', does: 'for a report' },
  ],
  async run(args, context) {
    const run = openRun(context.dir)
    if (context.json && args.format !== undefined && args.format !== 'json') {
      throw usageError(`\`--json\` and \`--format ${args.format}\` exclude each other`)
    }
    const filter = {
      module: args.module,
      key: args.key,
      who: args.who,
      outcome: args.outcome,
      fromStep: numberOf(args['from-step']),
      toStep: numberOf(args['to-step']),
    }
    const isWanted = matcherOf(filter)
    // One of the three by the check of its options.
    const format = context.json ? 'json' : ((args.format ?? 'text') as LogFormat)
    const printer = logPrinter(format, context.terminal, moduleTable(run))
    const follow = args.follow === true ? run.follow('ledger', 'end') : undefined
    const end = follow?.offset ?? Number.POSITIVE_INFINITY
    const isShown = (record: LedgerRecord): boolean => record.offset < end && isWanted(record)
    if (args.all === true) {
      for (const record of run.records('ledger')) if (isShown(record)) printer.print([record])
    } else printer.print(run.last('ledger', Number(args.last), isShown))
    if (follow === undefined) {
      printer.end(Object.values(filter).some((value) => value !== undefined))
      return EXIT.done
    }
    await followUntilInterrupted(follow, (record) => {
      if (isWanted(record)) printer.print([record])
    })
    return EXIT.interrupted
  },
})

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
