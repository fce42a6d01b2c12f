import { STATES, type TrialColumns, type TrialState } from '../../src/shared/sweeps/sweep-wire.ts'

interface OneTrial {
  readonly i: number
  readonly state?: TrialState
  readonly value?: number | null
  readonly step?: number | null
  readonly seconds?: number | null
  readonly attempt?: number
  readonly params?: Readonly<Record<string, string | number | boolean | null>>
}

/** An answer of the server about some trials. */
export function columnsOf(trials: readonly OneTrial[], whole = true): TrialColumns {
  const names = [...new Set(trials.flatMap(({ params = {} }) => Object.keys(params)))]
  return {
    ...{ version: 'v', whole, unread: 0 },
    index: trials.map(({ i }) => i),
    state: trials.map(({ state = 'completed' }) => STATES.indexOf(state)),
    why: trials.map(() => null),
    attempt: trials.map(({ attempt = 1 }) => attempt),
    step: trials.map(({ step = null }) => step),
    value: trials.map(({ value = null }) => value),
    seconds: trials.map(({ seconds = null }) => seconds),
    stage: trials.map(() => null),
    parent: trials.map(() => null),
    params: names.map((name) => ({ name, values: trials.map(({ params = {} }) => params[name] ?? null) })),
  }
}
