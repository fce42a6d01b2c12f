import { randomBytes } from 'node:crypto'
import { openAppender } from '@hotcb/journal'
import { type JsonObject, type ProposalRequest, runFiles, type SubmittedOp } from '@hotcb/protocol'
import { RunError } from '@hotcb/run'
import { type Run, readHolder } from '@hotcb/run/node'
import { AGENT_RULE_ID } from '../proposal-request.ts'
import type { ActionRecord } from '../types.ts'
import { readAutopilotHistory } from './read-story.ts'
import { requestOf } from './request-inbox.ts'

/** A change that an agent proposes to people. */
export interface ProposalDraft {
  readonly command: SubmittedOp
  /** The reason for the change. */
  readonly note: string
  /** The channel, such as `mcp`. */
  readonly source: string
  readonly author: string | null
}

/**
 * Asks a run's autopilot to propose a change. The autopilot's process is the only writer of its log, so the request is a line in
 * `hotcb.proposals.jsonl`. It contains the current values of the controls, the current step and the last ledger line.
 *
 * @returns The id of the request, which {@link proposalFor} uses to find the proposal.
 * @throws RunError `not-held` if no autopilot is watching the run, `not-written`.
 */
export function requestProposal(run: Run, { command, note, source, author }: ProposalDraft): string {
  if (readHolder(run, runFiles.autopilot)?.isAlive !== true) {
    throw new RunError('not-held', NOBODY, 'for a run shown in a dashboard, use `hotcb serve --autopilot suggest`')
  }
  const expect = { ...seenValues(run, command), ...command.expect }
  const request: ProposalRequest = {
    id: `q-${randomBytes(6).toString('hex')}`,
    ts: Date.now() / 1000,
    source,
    author,
    note,
    step: run.readState().state?.step ?? null,
    seq: run.last('ledger', 1)[0]?.value.seq ?? null,
    command: { ...command, ...(Object.keys(expect).length > 0 && { expect }) },
  }
  const appender = openAppender(run.path('proposals'), run.within === undefined ? {} : { within: run.within })
  const failure = appender.append(`${JSON.stringify(request)}\n`) ?? appender.sync()
  appender.close()
  if (failure !== null) throw new RunError('not-written', `${failure.message}; nothing was requested`)
  return request.id
}

const NOBODY =
  'no autopilot is watching this run, so no one would see the proposal; start one with `hotcb autopilot run`'

/** Returns the current values of the controls that a command changes. */
function seenValues(run: Run, { op, params }: SubmittedOp): JsonObject {
  if (op !== 'set_params') return {}
  const { controls = [] } = run.document('actuators').value ?? {}
  const changed = controls.filter(({ param_key: key }) => Object.hasOwn(params ?? {}, key))
  return Object.fromEntries(changed.map(({ param_key: key, current }) => [key, current]))
}

/**
 * Returns the action that the autopilot created from a request: a proposal, or an alert that explains why there is no proposal. Undefined
 * until then.
 */
export function proposalFor(run: Run, request: string): ActionRecord | undefined {
  return readAutopilotHistory(run).actions.find((one) => one.rule === AGENT_RULE_ID && requestOf(one) === request)
}
