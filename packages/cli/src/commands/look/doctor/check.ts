/** The result of one check. `note`: worth knowing. `problem`: something does not work. */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly says: string
  /** The remedy. */
  readonly remedy?: string
}

/** The check passed. */
export function fine(name: string, says: string): Finding {
  return { name, state: 'ok', says }
}

/** Something worth knowing, with an optional remedy. */
export function noted(name: string, says: string, remedy?: string): Finding {
  return { name, state: 'note', says, ...(remedy === undefined ? {} : { remedy }) }
}

/** Something that does not work, with its remedy. */
export function problem(name: string, says: string, remedy: string): Finding {
  return { name, state: 'problem', says, remedy }
}
