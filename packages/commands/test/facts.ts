import { BUILT_IN_TABLE, type ControlDescription } from '@hotcb/protocol'
import { type CommandDraft, type CommandSection, createCommandTree, readLine, type TypingFacts } from '../src/index.ts'

/** A control as a trainer describes it, without bounds unless they are given. */
export function control(param_key: string, more: Partial<ControlDescription> = {}): ControlDescription {
  const none = { min: null, max: null, step: null, log_base: null, choices: null, current: null }
  return { ...none, param_key, type: 'float', label: param_key, group: 'optimizer', state: 'untouched', ...more }
}

export const CONTROLS: readonly ControlDescription[] = [
  control('lr', { type: 'log_float', min: 0, max: 1, current: 0.1 }),
  control('distill_w', { group: 'loss', current: 0.5 }),
  control('terms.aux', { group: 'loss', type: 'bool', current: true }),
  control('size', { group: 'net', type: 'choice', choices: ['small', 'big'], current: 'small' }),
  control('locked', { group: 'net', state: 'disabled', current: 1 }),
]

/** A run with controls, two callbacks, two registered functions and three waiting commands. */
export const FACTS: TypingFacts = {
  controls: CONTROLS,
  modules: {
    cb: { probe: { enabled: true }, timing: { enabled: false }, broken: 'no status' },
    ctl: { save_ckpt: { description: 'Save one.' }, 'mix.noise': { description: '' } },
  },
  held: ['abc-1', 'abc-2', 'xyz-9'].map((cid) => ({ cid, writer: null, offset: 0, at: { step: 9 } })),
}

/** A run about which nothing is known yet. */
export const NOTHING_KNOWN: TypingFacts = { controls: [], modules: undefined, held: [] }

export const SECTIONS: readonly CommandSection[] = createCommandTree(BUILT_IN_TABLE)

/** Returns the request in a line, or the reason for its refusal as text. */
export function read(line: string, facts: TypingFacts = FACTS): object | string {
  const asked = readLine(line, SECTIONS, facts)
  return asked.ok ? asked.value : asked.reason
}

/** Returns the commands in a line, or the reason for its refusal as text. */
export function drafts(line: string, facts: TypingFacts = FACTS): readonly CommandDraft[] | string {
  const asked = readLine(line, SECTIONS, facts)
  if (!asked.ok) return asked.reason
  return asked.value.kind === 'commands' ? asked.value.drafts : asked.value.kind
}
