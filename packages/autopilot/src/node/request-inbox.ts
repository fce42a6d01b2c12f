import { openTail, type TailLine } from '@hotcb/journal'
import { type ProposalRequest, parseJson, readProposalRequest } from '@hotcb/protocol'
import type { ActionRecord } from '../types.ts'

/** Agents' requests to the autopilot, which is the only writer of its log. */
export interface RequestInbox {
  /** Returns each new request once, except requests that the log already answers. */
  take(): readonly ProposalRequest[]
  close(): void
}

export interface RequestInboxOptions {
  readonly path: string
  readonly network: boolean
  /** The actions in the log. A request that an earlier start answered is not answered again. */
  readonly actions: readonly ActionRecord[]
}

/** Opens `hotcb.proposals.jsonl` at its beginning. Malformed lines are skipped, because they come from outside. */
export function openRequestInbox({ path, network, actions }: RequestInboxOptions): RequestInbox {
  const tail = openTail(path, { network })
  const known = new Set(actions.map(requestOf))
  return {
    take() {
      const requests: ProposalRequest[] = []
      while (tail.look()) {
        const { lines, more, failure } = tail.read()
        for (const request of requestsIn(lines)) {
          if (known.has(request.id)) continue
          known.add(request.id)
          requests.push(request)
        }
        if (failure !== null || (!more && lines.length === 0)) break
      }
      return requests
    },
    close: () => tail.close(),
  }
}

function requestsIn(lines: readonly TailLine[]): readonly ProposalRequest[] {
  return lines.flatMap(({ text }) => {
    const parsed = parseJson(text)
    const read = parsed.ok ? readProposalRequest(parsed.value) : parsed
    return read.ok ? [read.value] : []
  })
}

/** Returns the request that an action answers; undefined if a rule caused the action. */
export function requestOf({ evidence }: Pick<ActionRecord, 'evidence'>): string | undefined {
  return typeof evidence['request'] === 'string' ? evidence['request'] : undefined
}
