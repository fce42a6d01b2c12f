/** Checkpoints that the tuner saves and drops. */
export const TAGS = { start: 'tune-start', pre: 'tune-pre', good: 'tune-good' } as const

/** The cid of a mutation's command: appending it accepts the mutation. */
export function cidOf(mutation: string): string {
  return `tune-${mutation}`
}

/** The mutation whose command has this cid; null for any other. */
export function mutationOfCid(cid: string | null): string | null {
  return /^tune-(m_\d+)$/.exec(cid ?? '')?.[1] ?? null
}

/** The id of the mutation of this number, as hotcb 2 writes it. */
export function mutationId(number: number): string {
  return `m_${String(number).padStart(5, '0')}`
}
