import { type Dirent, readdirSync } from 'node:fs'
import { type Candidate, type CompletionFacts, candidatesAt, findPlace, type LinePlace } from '@hotcb/commands'
import type { ControlDescription } from '@hotcb/protocol'
import { factsOf } from '../commands/ask/run-facts.ts'
import { showFigure } from '../print/figures.ts'
import { describeRange } from '../print/status-text.ts'
import type { Run } from '../run.ts'
import { type CommandWords, rootOf, runNamed, wordsOfRun } from './command-words.ts'
import { loadCommand } from './load-command.ts'

/**
 * Returns the candidates for the last word. Never fails: a directory that is not a run has no keys.
 *
 * @param typed The words after `hotcb`; the last word is incomplete and may be empty.
 */
export async function candidates(typed: readonly string[]): Promise<readonly Candidate[]> {
  const current = typed[typed.length - 1] ?? ''
  const before = typed.slice(0, -1)
  const run = runNamed(before)
  const words = wordsOfRun(run)
  const place = findPlace(rootOf(words), before)
  const args = place.leaf === undefined ? undefined : (await loadCommand(place.path, place.leaf)).args
  const found = [...candidatesAt(place, current, { args }, completionFacts(run, words)), ...longerNames(place, words)]
  // A two-word name is completed word by word.
  return found.filter(({ word }) => word.startsWith(current) && !(place.leaf === undefined && word.includes(' ')))
}

/** Returns the second words of commands such as `checkpoint list`, after the first word. */
function longerNames({ path, leaf, rest }: LinePlace, words: CommandWords): readonly Candidate[] {
  if (leaf === undefined || rest.length > 0) return []
  const head = `${path.join(' ')} `
  return rootOf(words).flatMap(({ name, summary }) =>
    name.startsWith(head) ? [{ word: name.slice(head.length), means: summary }] : [],
  )
}

function completionFacts(run: Run, { table }: CommandWords): CompletionFacts {
  const facts = factsOf(() => run)
  return {
    table,
    meaningOf,
    paths,
    get controls() {
      return facts.controls
    },
    get modules() {
      return facts.modules
    },
    get held() {
      return facts.held
    },
    get tags() {
      return tagsOf(run)
    },
  }
}

function meaningOf(control: ControlDescription): string {
  return [control.label, showFigure(control.current), describeRange(control)].filter((text) => text !== '').join(', ')
}

function tagsOf(run: Run): readonly string[] {
  return entriesIn(run.path('checkpoints')).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
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
    // Unreadable files have no candidates.
    return []
  }
}
