import { type ControlDescription, type ModuleTable, moduleOfGroup, OPTIMIZER_KEYS } from '@hotcb/protocol'
import type { Arg, CompletionSource } from './arg.ts'
import { handlesOf, modulesWithHandles, type TypingFacts } from './run-facts.ts'

/** One possible word, and its meaning. */
export interface Candidate {
  readonly word: string
  readonly means: string
}

/** The facts that completing a line requires. */
export interface CompletionFacts extends TypingFacts {
  readonly table: ModuleTable
  /** Tags of the run's checkpoints. */
  readonly tags: readonly string[]
  /** Returns the text to show next to the key of a control. */
  meaningOf(control: ControlDescription): string
  /** Returns files and directories that begin with `typed`. Absent: there is no access to files. */
  paths?(typed: string, withFiles: boolean): readonly Candidate[]
}

/** Returns possible values of an argument. `typed` is the part that is already typed. */
export function valuesFor(arg: Arg, typed: string, facts: CompletionFacts): readonly Candidate[] {
  const { options, meanings = {}, completes } = arg
  if (options !== undefined) return options.map((word) => ({ word, means: meanings[word] ?? '' }))
  return completes === undefined ? [] : COMPLETERS[completes.kind](typed, facts, completes.module)
}

type Completer = (typed: string, facts: CompletionFacts, module: string | undefined) => readonly Candidate[]

const COMPLETERS: Readonly<Record<CompletionSource['kind'], Completer>> = {
  assignments,
  controls: (_typed, facts, module) => keys(facts, module),
  handles: (_typed, facts, module) => handles(module ?? '', facts),
  registered: (_typed, facts, module) => handles(module ?? '', facts),
  held: (_typed, { held }) => held.map(({ cid, at }) => ({ word: cid, means: `for step ${at.step}` })),
  tags: (_typed, { tags }) => tags.map((word) => ({ word, means: 'checkpoint' })),
  files: (typed, { paths }) => paths?.(typed, true) ?? [],
  directories: (typed, { paths }) => paths?.(typed, false) ?? [],
  switches: (_typed, facts) => [
    ...keys(facts, undefined),
    ...modulesWithHandles(facts.table).flatMap((module) => handles(module, facts)),
  ],
  place: () => [{ word: 'step=', means: 'at this step' }],
  deadline: () => [
    { word: 'step=', means: 'by this step' },
    { word: 'ts=', means: 'by this time' },
  ],
}

function controlsOf({ controls }: TypingFacts, module: string | undefined): readonly ControlDescription[] {
  return module === undefined ? controls : controls.filter(({ group }) => moduleOfGroup(group) === module)
}

function keys(facts: CompletionFacts, module: string | undefined): readonly Candidate[] {
  return controlsOf(facts, module).map((control) => ({ word: control.param_key, means: facts.meaningOf(control) }))
}

/** Returns candidates such as `lr=` with the current value. */
function assignments(typed: string, facts: CompletionFacts, module: string | undefined): readonly Candidate[] {
  const controls = controlsOf(facts, module)
  const equals = typed.indexOf('=')
  if (equals < 0) {
    const described = controls.map((control) => ({ word: `${control.param_key}=`, means: facts.meaningOf(control) }))
    // Until a trainer has described its controls, these are the keys that an optimizer may have.
    return facts.controls.length > 0
      ? described
      : OPTIMIZER_KEYS.map((key) => ({ word: `${key}=`, means: 'optimizer' }))
  }
  const control = controls.find(({ param_key: key }) => key === typed.slice(0, equals))
  if (control === undefined) return []
  const values = control.type === 'bool' ? [true, false] : (control.choices ?? [control.current])
  return values.map((value) => ({
    word: `${control.param_key}=${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}`,
    means: value === control.current ? 'unchanged' : '',
  }))
}

function handles(module: string, facts: CompletionFacts): readonly Candidate[] {
  return [...(handlesOf(module, facts) ?? [])].map(([word, status]) => ({ word, means: statusText(status) }))
}

function statusText(status: object): string {
  const { description, enabled } = status as { readonly description?: unknown; readonly enabled?: unknown }
  if (typeof description === 'string') return description
  return typeof enabled === 'boolean' ? (enabled ? 'on' : 'off') : ''
}
