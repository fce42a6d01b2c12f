/** The result of one check. `note` is for something worth knowing, `problem` for something that does not work. */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly says: string
  /** How to fix it. */
  readonly remedy?: string
}

/** Creates the finding of a check that passed. */
export function fine(name: string, says: string): Finding {
  return { name, state: 'ok', says }
}

/** Creates a finding about something worth knowing, with an optional remedy. */
export function noted(name: string, says: string, remedy?: string): Finding {
  return { name, state: 'note', says, ...(remedy === undefined ? {} : { remedy }) }
}

/** Creates a finding about something that does not work, with its remedy. */
export function problem(name: string, says: string, remedy: string): Finding {
  return { name, state: 'problem', says, remedy }
}
