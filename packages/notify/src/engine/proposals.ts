import type { AutopilotLine, LedgerLine } from '@hotcb/protocol'
import { isObject } from '@hotcb/protocol'
import type { AutopilotAlert, OpenProposal } from './facts.ts'

/** The proposals, from the autopilot's log and the ledger. */
export interface ProposalFold {
  /** Reads a line from the autopilot's log. If `isNew`, it may cause a message. */
  line(line: AutopilotLine, isNew: boolean): void
  /** Reads a ledger line. Returns the proposal that it answers. */
  ledger(line: LedgerLine): string | undefined
  open(now: number, step: number | null): readonly OpenProposal[]
  /** New alerts since the last call. */
  alerts(): readonly AutopilotAlert[]
}

interface Known extends OpenProposal {
  readonly expiresAt: number | null
  readonly expiresStep: number | null
}

export function createProposalFold(): ProposalFold {
  const open = new Map<string, Known>()
  const byCid = new Map<string, string>()
  let alerts: AutopilotAlert[] = []
  const close = (cid: string | null): string | undefined => {
    const id = cid === null ? undefined : byCid.get(cid)
    if (id !== undefined) open.delete(id)
    return id
  }
  const propose = (line: AutopilotLine): void => {
    // An action that the autopilot takes on its own needs no answer.
    if ('data' in line && isObject(line.data) && line.data['auto'] === true) return
    const proposal = readProposal(line)
    open.set(line.action_id, proposal)
    if (proposal.cid !== null) byCid.set(proposal.cid, line.action_id)
  }
  return {
    line(line, isNew) {
      const { action_id: id, kind, rule_id: rule } = line
      if (kind === 'proposed') propose(line)
      else if (kind !== 'alert') open.delete(id)
      else if (isNew) alerts.push({ id, rule, reason: line.reason ?? '', isBudget: rule === 'budget_spent' })
    },
    ledger({ module, op, cid, params }) {
      const cancelled = module === 'core' && op === 'cancel' && isObject(params) ? params['cid'] : undefined
      return close(cid) ?? close(typeof cancelled === 'string' ? cancelled : null)
    },
    open: (now, step) =>
      [...open.values()].filter(
        ({ expiresAt, expiresStep }) =>
          (expiresAt === null || now < expiresAt) && (expiresStep === null || step === null || step < expiresStep),
      ),
    alerts() {
      const given = alerts
      alerts = []
      return given
    },
  }
}

function readProposal({ action_id: id, rule_id: rule, reason, command }: AutopilotLine): Known {
  const expires = isObject(command?.['expires']) ? command['expires'] : {}
  const cid = command?.['cid']
  return {
    id,
    rule,
    reason: reason ?? '',
    cid: typeof cid === 'string' ? cid : `ap-${id}`,
    expiresAt: typeof expires['ts'] === 'number' ? expires['ts'] : null,
    expiresStep: typeof expires['step'] === 'number' ? expires['step'] : null,
  }
}
