import { type Member, startMember } from './member.ts'
import type { FromRank, RankStart } from './messages.ts'

/** The ranks above 0, with their timeouts. */
export interface Crew {
  readonly members: readonly Member[]
  /** Returns the ranks that are not lost. */
  here(): readonly Member[]
  /** Returns a rank's member; undefined for rank 0. */
  of(rank: number): Member | undefined
  /**
   * Waits until every rank has answered. A rank that is silent for `seconds` of running time counts as lost, and its answer is no longer
   * awaited.
   */
  until(owing: () => readonly Member[], seconds?: number): Promise<void>
  close(): void
}

/** The maximum time in seconds that a rank may take to send a message after a request. */
export const PATIENCE_SECONDS = 10

const TICK_MS = 250

/** Starts the processes of the ranks above 0. `hear` receives their messages, and `lost` is called if one is lost. */
export function startCrew(
  starts: readonly RankStart[],
  hear: (member: Member, message: FromRank) => void,
  lost: (member: Member, reason: string) => void,
): Crew {
  const known = new Set<Member>()
  const silent = new Map<Member, number>()
  let awaited: readonly Member[] = []
  let patience = PATIENCE_SECONDS
  let wake = (): void => undefined
  const members = starts.map((start) => startMember(start, heard, changed))
  // Silence is counted by a timer, so that time during which all processes are suspended does not count.
  const timer = setInterval(tick, TICK_MS)

  function heard(member: Member, message: FromRank): void {
    silent.set(member, 0)
    hear(member, message)
    wake()
  }

  function changed(): void {
    for (const member of members) {
      if (member.lost === null || known.has(member)) continue
      known.add(member)
      lost(member, member.lost)
    }
    wake()
  }

  function tick(): void {
    for (const member of awaited) {
      const ticks = (silent.get(member) ?? 0) + 1
      silent.set(member, ticks)
      if (ticks * TICK_MS >= patience * 1000) member.lose(`rank ${member.rank} has not answered for ${patience} s`)
    }
  }

  return {
    members,
    here: () => members.filter((member) => member.lost === null),
    of: (rank) => members[rank - 1],
    async until(owing, seconds = PATIENCE_SECONDS) {
      patience = seconds
      silent.clear()
      for (awaited = owing(); awaited.length > 0; awaited = owing()) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close() {
      clearInterval(timer)
      for (const member of members) {
        known.add(member)
        member.lose('the training has ended')
      }
    },
  }
}
