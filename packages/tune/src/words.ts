/** The tags of the checkpoints that the tuner saves and deletes. */
export const TAGS = { start: 'tune-start', pre: 'tune-pre', good: 'tune-good' } as const

/** Returns the cid of a mutation's command. Appending the command accepts the mutation. */
export function cidOf(mutation: string): string {
  return `tune-${mutation}`
}

/** Returns the mutation whose command has this cid; null for any other. */
export function mutationOfCid(cid: string | null): string | null {
  return /^tune-(m_\d+)$/.exec(cid ?? '')?.[1] ?? null
}

/** Returns the id of the mutation with this number, in hotcb 2's format. */
export function mutationId(number: number): string {
  return `m_${String(number).padStart(5, '0')}`
}
