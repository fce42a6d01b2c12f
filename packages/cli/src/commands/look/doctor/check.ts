/** What one check found. `note`: worth knowing. `problem`: something does not work. */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly says: string
  /** What to do about it. */
  readonly remedy?: string
}

/** All is well. */
export function fine(name: string, says: string): Finding {
  return { name, state: 'ok', says }
}

/** Something worth knowing, and what may be done. */
export function noted(name: string, says: string, remedy?: string): Finding {
  return { name, state: 'note', says, ...(remedy === undefined ? {} : { remedy }) }
}

/** Something that does not work, and what to do. */
export function problem(name: string, says: string, remedy: string): Finding {
  return { name, state: 'problem', says, remedy }
}
