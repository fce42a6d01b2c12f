import { type Dirent, readdirSync } from 'node:fs'
import { type ControlDescription, OPTIMIZER_KEYS } from '@hotcb/protocol'
import { registeredOf, showValue } from '@hotcb/run'
import { runAt } from '@hotcb/run/node'
import { aliasesOf, findWord, GLOBAL_FLAGS } from '../argv.ts'
import { readCallbacks } from '../callback-status.ts'
import type { Arg, CliCommand } from '../command.ts'
import { readControls } from '../controls.ts'
import type { Run } from '../run.ts'
import { describeRange } from '../status-text.ts'
import { type CommandEntry, type CommandLeaf, findEntry, isGroup, isPlanned, ROOT, shownEntries } from '../tree.ts'

/** One word that may be typed, and what it means. */
export interface Candidate {
  readonly word: string
  readonly means: string
}

/**
 * What may stand in the place of the last word.
 *
 * @param words What is typed after `hotcb`; the last one is being typed, and may be empty.
 */
export async function candidates(words: readonly string[]): Promise<readonly Candidate[]> {
  const current = words[words.length - 1] ?? ''
  const before = words.slice(0, -1)
  const { leaf, entries, positionals } = place(before)
  const command = leaf === undefined ? undefined : await leaf.load()
  const run = runOf(before)
  const found = flagValue(before, current, command, run) ?? freeWord(current, entries, command, positionals, run)
  return found.filter(({ word }) => word.startsWith(current))
}

interface Place {
  readonly leaf: CommandLeaf | undefined
  readonly entries: readonly CommandEntry[]
  /** Positional arguments typed so far. */
  readonly positionals: number
}

function place(before: readonly string[]): Place {
  let entries = ROOT
  for (let at = findWord(before); at >= 0; at = findWord(before, at + 1)) {
    const entry = findEntry(entries, before[at] ?? '')
    if (entry === undefined || isPlanned(entry)) return { leaf: undefined, entries: [], positionals: 0 }
    if (!isGroup(entry)) {
      const rest = before.slice(at + 1)
      return { leaf: entry, entries: [], positionals: rest.filter((word) => !word.startsWith('-')).length }
    }
    entries = entry.entries
  }
  return { leaf: undefined, entries, positionals: 0 }
}

// Nothing is refused here: a directory that is no run has no keys.
function runOf(before: readonly string[]): Run {
  const joined = before.find((word) => word.startsWith('--dir='))?.slice('--dir='.length)
  const apart = before.indexOf('--dir')
  const dir = joined ?? (apart >= 0 ? before[apart + 1] : undefined) ?? '.'
  return runAt(dir)
}

function flagsOf(command: CliCommand | undefined): readonly (readonly [string, Arg])[] {
  const own = Object.entries(command?.args ?? {}).filter(([, arg]) => arg.type !== 'positional' && arg.hidden !== true)
  return [...own, ...Object.entries(GLOBAL_FLAGS)]
}

/** Candidates for the value of a flag; undefined where no such value is being typed. */
function flagValue(
  before: readonly string[],
  current: string,
  command: CliCommand | undefined,
  run: Run,
): readonly Candidate[] | undefined {
  const equals = current.startsWith('--') ? current.indexOf('=') : -1
  if (equals > 0) {
    const head = current.slice(0, equals + 1)
    const values = valuesOf(head.slice(2, -1), current.slice(equals + 1), command, run) ?? []
    return values.map(({ word, means }) => ({ word: head + word, means }))
  }
  const previous = before[before.length - 1] ?? ''
  return previous.startsWith('-') && !previous.includes('=')
    ? valuesOf(previous.replace(/^-+/, ''), current, command, run)
    : undefined
}

function valuesOf(
  name: string,
  typed: string,
  command: CliCommand | undefined,
  run: Run,
): readonly Candidate[] | undefined {
  const [flag, arg] = flagsOf(command).find(([long, one]) => long === name || aliasesOf(one).includes(name)) ?? []
  if (arg === undefined || arg.type === 'boolean' || (arg.bare !== undefined && typed === '')) return undefined
  if (arg.type === 'enum') return (arg.options ?? []).map((word) => ({ word, means: '' }))
  if (flag === 'dir') return paths(typed, false)
  if (flag === 'file' || flag === 'recipe' || flag === 'adjust') return paths(typed, true)
  if (flag === 'expect') return assignments(typed, run)
  if (flag === 'at') return [{ word: 'step=', means: 'at this step' }]
  if (flag === 'expires')
    return [
      { word: 'step=', means: 'by this step' },
      { word: 'ts=', means: 'by this time' },
    ]
  if (flag === 'key') return keys(run)
  return []
}

function freeWord(
  current: string,
  entries: readonly CommandEntry[],
  command: CliCommand | undefined,
  positionals: number,
  run: Run,
): readonly Candidate[] {
  if (current.startsWith('-')) return flagWords(command)
  if (command === undefined) return shownEntries(entries).map(({ name, summary }) => ({ word: name, means: summary }))
  const { completes } = command
  if (completes === 'assignments') return assignments(current, run)
  if (completes === 'handles') return positionals === 0 ? [...keys(run), ...callbacks(run)] : []
  if (completes === 'callbacks') return positionals === 0 ? callbacks(run) : []
  if (completes === 'paths') return positionals === 0 ? registered(run) : []
  if (completes === 'held') return held(run)
  if (completes === 'files') return paths(current, true)
  if (completes === 'tags') return positionals === 0 ? ACTIONS : tags(run)
  return (completes ?? []).map((word) => ({ word, means: '' }))
}

const ACTIONS: readonly Candidate[] = [
  { word: 'save', means: 'save a checkpoint' },
  { word: 'load', means: 'go back to one' },
  { word: 'drop', means: 'delete one' },
]

function flagWords(command: CliCommand | undefined): readonly Candidate[] {
  return flagsOf(command).flatMap(([name, arg]) => {
    const means = (arg.description ?? '').replaceAll('`', '')
    if (name === 'color') return [{ word: '--no-color', means: 'plain text' }]
    const words = [{ word: `--${name}`, means }]
    return arg.negatable === true ? [...words, { word: `--no-${name}`, means: 'do not' }] : words
  })
}

function keys(run: Run): readonly Candidate[] {
  return readControls(run).map((control) => ({ word: control.param_key, means: meaning(control) }))
}

/** `lr=`, and behind the equals sign the value it has. */
function assignments(typed: string, run: Run): readonly Candidate[] {
  const controls = readControls(run)
  const equals = typed.indexOf('=')
  if (equals < 0) {
    const described = controls.map((control) => ({ word: `${control.param_key}=`, means: meaning(control) }))
    // Before a trainer has described its controls, those that every optimizer may have.
    return described.length > 0 ? described : OPTIMIZER_KEYS.map((key) => ({ word: `${key}=`, means: 'optimizer' }))
  }
  const control = controls.find(({ param_key: key }) => key === typed.slice(0, equals))
  if (control === undefined) return []
  const values = control.type === 'bool' ? [true, false] : (control.choices ?? [control.current])
  return values.map((value) => ({
    word: `${control.param_key}=${showValue(value)}`,
    means: value === control.current ? 'as it is' : '',
  }))
}

function meaning(control: ControlDescription): string {
  return [control.label, showValue(control.current), describeRange(control)].filter((text) => text !== '').join(', ')
}

function held(run: Run): readonly Candidate[] {
  return (run.document('state').value?.held ?? []).map(({ cid, at }) => ({ word: cid, means: `for step ${at.step}` }))
}

function callbacks(run: Run): readonly Candidate[] {
  return (readCallbacks(run) ?? []).map(({ id, enabled }) => ({
    word: id,
    means: `callback, ${enabled ? 'on' : 'off'}`,
  }))
}

function registered(run: Run): readonly Candidate[] {
  return (registeredOf(run.document('state').value?.modules) ?? []).map(({ path, description }) => ({
    word: path,
    means: description,
  }))
}

function tags(run: Run): readonly Candidate[] {
  const folders = entriesIn(run.path('checkpoints')).filter((entry) => entry.isDirectory())
  return folders.map(({ name }) => ({ word: name, means: 'checkpoint' }))
}

function paths(typed: string, withFiles: boolean): readonly Candidate[] {
  const slash = typed.lastIndexOf('/') + 1
  const parent = typed.slice(0, slash)
  return entriesIn(parent === '' ? '.' : parent).flatMap((entry) => {
    if (entry.isDirectory()) return [{ word: `${parent}${entry.name}/`, means: '' }]
    return withFiles ? [{ word: parent + entry.name, means: '' }] : []
  })
}

function entriesIn(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'))
  } catch {
    // What cannot be read completes nothing.
    return []
  }
}
