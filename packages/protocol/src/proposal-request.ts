import { FieldReader } from './fields.ts'
import type { SubmittedOp } from './module.ts'
import type { Result } from './result.ts'

/**
 * One line of `hotcb.proposals.jsonl`: a change that an agent asks people to approve. The run's autopilot reads it.
 */
export interface ProposalRequest {
  readonly id: string
  /** Epoch seconds. */
  readonly ts: number
  /** The channel, such as `mcp` or `cli`. */
  readonly source: string
  readonly author: string | null
  /** The reason for the change. */
  readonly note: string
  /** The last step and the last ledger line that the agent could see; null if there was none. */
  readonly step: number | null
  readonly seq: number | null
  /** The change. Its `expect` contains the values of controls that the agent saw. */
  readonly command: SubmittedOp
}

/** Reads a line of `hotcb.proposals.jsonl`. */
export function readProposalRequest(value: unknown): Result<ProposalRequest> {
  const fields = new FieldReader(value, 'a request for a proposal')
  const command = fields.object('command')
  const op = new FieldReader(command, 'a command', 'command')
  const id = op.text('id', undefined)
  const expect = op.object('expect', undefined)
  const read = op.result({
    // Other fields, such as the file of a callback, are checked when the approved command is sent.
    ...command,
    module: op.text('module'),
    op: op.text('op'),
    params: op.object('params', null),
    ...(id !== undefined && { id }),
    ...(expect !== undefined && { expect }),
  })
  if (!read.ok) fields.refuse(read.reason)
  return fields.result({
    id: fields.text('id'),
    ts: fields.number('ts'),
    source: fields.text('source', 'mcp'),
    author: fields.text('author', null),
    note: fields.text('note', ''),
    step: fields.whole('step', null),
    seq: fields.count('seq', null),
    command: read.ok ? read.value : { module: '', op: '' },
  })
}
