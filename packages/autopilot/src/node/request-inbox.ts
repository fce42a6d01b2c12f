import { openTail, type TailLine } from '@hotcb/journal'
import { type ProposalRequest, parseJson, readProposalRequest } from '@hotcb/protocol'
import type { ActionRecord } from '../types.ts'

/** The requests of agents, as the one writer of the log reads them. */
export interface RequestInbox {
  /** The requests that have come, each once, without those that the log already answers. */
  take(): readonly ProposalRequest[]
  close(): void
}

export interface RequestInboxOptions {
  readonly path: string
  readonly network: boolean
  /** What the log contains: a request that an earlier start answered is not answered again. */
  readonly actions: readonly ActionRecord[]
}

/** Opens `hotcb.proposals.jsonl` at its beginning. Malformed lines are skipped: they come from outside. */
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

/** The request that an action answers; undefined if it is the action of a rule. */
export function requestOf({ evidence }: Pick<ActionRecord, 'evidence'>): string | undefined {
  return typeof evidence['request'] === 'string' ? evidence['request'] : undefined
}
