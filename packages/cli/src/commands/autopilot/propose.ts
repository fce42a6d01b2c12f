import { type ActionRecord, answerText } from '@hotcb/autopilot'
import { proposalFor, requestProposal } from '@hotcb/autopilot/node'
import {
  type CommandDraft,
  type CommandsRequest,
  readLine,
  readWait,
  refusal,
  usageError,
  WAIT_FLAG,
} from '@hotcb/commands'
import { printable, type SubmittedOp } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { wordsOfRun } from '../../parse/command-words.ts'
import { openRun, type Run } from '../../run.ts'
import { factsOf } from '../ask/run-facts.ts'
import { senderOf } from '../ask/send.ts'
import { showAction } from './show-action.ts'

/** `hotcb autopilot propose 'set lr=0.001'`. */
export const autopilotProposeCommand: CliCommand = cliCommand({
  args: {
    line: {
      type: 'positional',
      valueHint: 'COMMAND',
      isNamed: true,
      description: 'What to propose, quoted as one argument: a command for the trainer, without `hotcb`.',
    },
    note: {
      type: 'string',
      valueHint: 'TEXT',
      isNamed: true,
      description: 'The reason, shown to the people who decide. Required.',
    },
    wait: WAIT_FLAG,
  },
  about: [
    "Asks people to approve a command instead of sending it. The run's autopilot makes the proposal. It appears in the dashboard, in chats and in `hotcb autopilot proposals`; `hotcb autopilot approve` sends its command. The command is applied only if each control still has its present value.",
    'An autopilot must be watching the run: `hotcb autopilot run`, `hotcb serve --autopilot suggest`, or the rules inside the trainer. The limits in its configuration apply. At most five such proposals can be waiting at the same time.',
    'Exit code 0: proposed. 1: refused; the reason is printed. 3: requested, but the autopilot has not answered.',
  ],
  examples: [
    {
      type: 'hotcb --dir runs/exp-001 autopilot propose "set lr=x0.5" --note "val_loss has been rising since step 300"',
      does: 'ask to halve the rate',
    },
    { type: 'hotcb autopilot propose "checkpoint load good" --note "it diverged"', does: 'ask for a rollback' },
  ],
  async run(args, context) {
    const { note } = args
    if (note === undefined || note.trim() === '') throw usageError('`--note` is missing: explain the proposal')
    const run = openRun(context.dir)
    const command = commandOf(args.line, run)
    const { source, author = null } = senderOf(context)
    const id = requestProposal(run, { command, note, source, author })
    const timeoutMs = (readWait(args) ?? DEFAULT_WAIT_S) * 1000
    return answered(await proposed(run, id, timeoutMs), { id, isWaited: timeoutMs > 0, context })
  },
})

const DEFAULT_WAIT_S = 10
const LOOK_MS = 100

function commandOf(line: string, run: Run): SubmittedOp {
  const read = readLine(
    line,
    wordsOfRun(run).sections,
    factsOf(() => run),
  )
  if (!read.ok) throw refusal(read.reason)
  const { value } = read
  if (value.kind === 'freeze') throw refusal('a freeze cannot be proposed; only commands for the trainer can')
  const [draft, ...more] = value.drafts
  if (draft === undefined || more.length > 0) {
    throw refusal(`a proposal is one command, but these are ${value.drafts.length}: propose them one by one`)
  }
  refuseConditions(value)
  return opOf(draft, value)
}

function refuseConditions({ conditions, note }: CommandsRequest): void {
  if (conditions.at !== undefined || conditions.expires !== undefined) {
    throw refusal('`--at` and `--expires` cannot be proposed: a proposal is applied when it is approved')
  }
  if (note !== undefined) throw refusal('`--note` belongs to the proposal, not to its command')
}

function opOf({ mode, ...draft }: CommandDraft, { conditions: { expect } }: CommandsRequest): SubmittedOp {
  if (mode !== undefined) throw refusal('a mode cannot be proposed')
  return { ...draft, ...(expect !== undefined && { expect }) }
}

async function proposed(run: Run, id: string, timeoutMs: number): Promise<ActionRecord | undefined> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const found = proposalFor(run, id)
    if (found !== undefined || performance.now() >= endMs) return found
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

interface Asked {
  readonly id: string
  readonly isWaited: boolean
  readonly context: CliContext
}

function answered(action: ActionRecord | undefined, { id, isWaited, context }: Asked): ExitCode {
  if (action === undefined) return unanswered(id, isWaited, context)
  const { terminal, json } = context
  const isRefused = action.state === 'told'
  if (json) {
    const state = isRefused ? 'refused' : action.state
    terminal.json({ request: id, id: isRefused ? null : action.id, state, reason: action.because })
    return isRefused ? EXIT.refused : EXIT.done
  }
  if (isRefused) throw refusal(printable(action.because ?? 'the autopilot declined the proposal'))
  const text = action.state === 'open' ? 'waiting for a person' : printable(answerText(action))
  terminal.out(`${showAction(action, terminal)}: ${text}`)
  return EXIT.done
}

function unanswered(request: string, isWaited: boolean, { terminal, json }: CliContext): ExitCode {
  const text = 'requested; the autopilot has not answered yet'
  if (json) terminal.json({ request, id: null, state: 'requested', reason: null })
  else if (isWaited) terminal.err(text)
  else terminal.out(text)
  return isWaited ? EXIT.noAnswer : EXIT.done
}
