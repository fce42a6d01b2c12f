import { SEND_FLAGS, usageError } from '@hotcb/commands'
import { printable } from '@hotcb/protocol'
import { type SetOutcome, setControls } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, PIN_FLAG, readSweepWords, TRIAL_WORDS } from './place.ts'
import { selectionOf } from './request.ts'

const { wait: _, late: __, ...CONDITION_FLAGS } = SEND_FLAGS

/** `herd set`. */
export const sweepSetCommand: CliCommand = cliCommand({
  args: {
    words: {
      ...TRIAL_WORDS,
      valueHint: 'KEY=VALUE',
      description: 'The trial and what to set: `3 lr=0.01`. The sweep directory may come first.',
    },
    pin: { ...PIN_FLAG, description: 'Running trials with this parameter value.' },
    all: { type: 'boolean', alias: 'a', description: 'All running trials.' },
    ...CONDITION_FLAGS,
    wait: {
      type: 'string',
      number: 'pause',
      default: '10',
      valueHint: 'S',
      description: 'Seconds to wait for the answers. Default: 10.',
    },
  },
  about: [
    'Changes controls while trials are training, as `hotcb set` does for one run: each trial is a run directory. A trial whose trainer has no hotcb kernel is refused.',
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
      const waitSeconds = args.at === undefined ? Number(args.wait) : 0
      const typed = [...flags, ...pairs]
      return tell(await setControls(workspace, selection, { typed, waitSeconds }), waitSeconds, context)
    })
  },
})

function tell(outcomes: readonly SetOutcome[], waitSeconds: number, { terminal, json }: CliContext): ExitCode {
  if (json) terminal.json({ trials: outcomes.map(({ i, ...rest }) => ({ index: i, ...rest })) })
  else for (const { i, text } of outcomes) terminal.out(`${String(i).padStart(4)}  ${printable(text)}`)
  if (outcomes.some(({ decision }) => decision !== 'applied' && decision !== null)) return EXIT.refused
  return outcomes.some(({ decision }) => decision === null) && waitSeconds > 0 ? EXIT.noAnswer : EXIT.done
}

/** Returns the flags of `hotcb set`, as the user typed them. */
function flagWords(args: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(CONDITION_FLAGS).flatMap((name) => {
    const value = args[name]
    return typeof value === 'string' ? [`--${name}=${value}`] : []
  })
}
