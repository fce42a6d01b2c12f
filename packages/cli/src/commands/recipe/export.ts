import { existsSync } from 'node:fs'
import { refusal, usageError } from '@hotcb/commands'
import { BUILT_IN_MODULES, nearest, type RecipeEntry, runFiles, show } from '@hotcb/protocol'
import { exportRecipe, type History, historyOf } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { moduleTable, openRun, readControls } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'
import { sourceFinder } from './captured-sources.ts'
import { groupNotes } from './group-note.ts'
import { count, doneMark, printNotes } from './notes.ts'
import { PART_ARGS, readPart } from './recipe-args.ts'
import { writeRecipe } from './write-recipe.ts'

/** `hotcb recipe export`: writes the changes of a run as a recipe that can be replayed. */
export const recipeExportCommand: CliCommand = cliCommand({
  args: {
    out: {
      type: 'string',
      default: runFiles.recipe,
      valueHint: 'PATH',
      description:
        'The file to write; a bare file name is relative to the run directory, and `-` is standard output. Default: `hotcb.recipe.jsonl`.',
    },
    ...PART_ARGS,
    compat: { type: 'boolean', description: "Write only the fields that hotcb 2's own tools read." },
    force: { type: 'boolean', description: 'Export even if the recipe would not reproduce the run.' },
  },
  about: [
    "Writes every applied change in the run's history, in order, with its step, event and values. Changes that were undone by a restart, a revert or a loaded checkpoint are left out.",
    'If the recipe is written outside the run directory, the captured sources of its callbacks are copied to `hotcb.sources` next to it. Keep the two together.',
    'A run that loaded a checkpoint from outside its own history cannot be exported, because its changes alone do not reproduce it.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 recipe export', does: 'write runs/exp-001/hotcb.recipe.jsonl' },
    { type: 'hotcb --dir runs/exp-001 recipe export --out /tmp/my_recipe.jsonl', does: 'write to a different place' },
    { type: 'hotcb recipe export --from 100 --to 500 --module opt --out -', does: 'print part of it' },
  ],
  run(args, context) {
    const part = readPart(args)
    const run = openRun(context.dir)
    if (!existsSync(run.path('ledger'))) {
      throw refusal(`the ledger \`${run.path('ledger')}\` does not exist: this run has no changes`)
    }
    const ledger = streamValues(run, 'ledger')
    const table = moduleTable(run)
    const history = historyOf(ledger, { table })
    for (const name of part.modules ?? []) requireModule(name, history)
    const exported = exportRecipe(history, {
      table,
      from: part.from,
      to: part.to,
      ...(part.modules !== null && { modules: part.modules }),
      compat: args.compat ?? false,
      force: args.force ?? false,
    })
    if (!exported.ok) throw refusal(exported.reason)
    const { entries } = exported.value
    const notes = [...ledger.trouble(), ...exported.value.notes]
    if (args.compat) notes.push(...groupNotes(entries, readControls(run)))
    const isInline = context.json && args.out === '-'
    const findSource = sourceFinder(context.dir, run.path('recipe'))
    const written = writeRecipe(entries, { dir: context.dir, out: args.out, isInline, findSource })
    const { path } = written
    notes.push(...written.notes)
    if (context.json) {
      const recipe = isInline ? { recipe: entries } : {}
      context.terminal.json({ path, entries: entries.length, ...recipe, notes })
    } else if (path !== null) {
      context.terminal.out(
        `${doneMark(context)} ${count(entries.length, 'entry', 'entries')}${steps(entries)}: ${path}`,
      )
    }
    printNotes(notes, context)
    return EXIT.done
  },
})

// A misspelled name would silently produce an empty recipe.
function requireModule(name: string, { entries, calls }: History): void {
  const known = new Set<string>([
    ...BUILT_IN_MODULES.map(({ name }) => name),
    ...[...entries, ...calls].map(({ op }) => op.module),
  ])
  known.delete('core')
  if (known.has(name)) return
  const [near] = nearest(name, known, 1)
  const hint = near === undefined ? `it has ${[...known].join(', ')}` : `did you mean \`${near}\`?`
  throw usageError(`\`--module\` ${show(name)} is not a module of this run: ${hint}`)
}

function steps(entries: readonly RecipeEntry[]): string {
  const [first] = entries
  const last = entries.at(-1)
  if (first === undefined || last === undefined) return ''
  return first.at.step === last.at.step ? `, step ${first.at.step}` : `, steps ${first.at.step} to ${last.at.step}`
}
