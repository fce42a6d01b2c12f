import { refusal, usageError } from '@hotcb/commands'
import type { RecipeEntry } from '@hotcb/protocol'
import { editRecipe, type Recipe, type RecipeEdit, readRecipe } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { sourceFinder } from './captured-sources.ts'
import { loadRecipe } from './load-plan.ts'
import { count, doneMark, printNotes } from './notes.ts'
import {
  isInPart,
  PART_ARGS,
  type Part,
  RECIPE_ARGS,
  readPart,
  recipePath,
  requireTypedDirectory,
} from './recipe-args.ts'
import { fileOf } from './source-text.ts'
import { writeRecipe } from './write-recipe.ts'

/** `hotcb recipe edit`: one edit of a recipe. */
export const recipeEditCommand: CliCommand = cliCommand({
  args: {
    ...RECIPE_ARGS,
    ...PART_ARGS,
    shift: {
      type: 'string',
      number: 'integer',
      valueHint: 'N',
      description: 'Move the selected entries by N steps, with their ramps.',
    },
    drop: { type: 'boolean', description: 'Remove the selected entries.' },
    insert: { type: 'string', valueHint: 'ENTRY', description: 'Insert an entry: one recipe line, as JSON.' },
    earlier: {
      type: 'string',
      number: 'integer',
      valueHint: 'LINE',
      description: 'Move the entry in this line before the previous entry of the same step.',
    },
    later: {
      type: 'string',
      number: 'integer',
      valueHint: 'LINE',
      description: 'Move the entry in this line after the next entry of the same step.',
    },
    out: {
      type: 'string',
      default: '-',
      valueHint: 'PATH',
      description:
        'The file to write; a bare file name is relative to the run directory. Default: `-`, standard output.',
    },
  },
  about: [
    'Makes one edit and writes the recipe in step order. `--from`, `--to` and `--module` select the entries for `--shift` and `--drop`; the default is the whole recipe. If an edit is impossible for one entry, nothing is changed.',
  ],
  examples: [
    {
      type: 'hotcb recipe edit a.jsonl --from 200 --shift 50 --out ./b.jsonl',
      does: 'apply later changes 50 steps later',
    },
    { type: 'hotcb recipe edit a.jsonl --module loss --drop', does: 'without changes of loss weights' },
    {
      type: `hotcb recipe edit a.jsonl --insert '{"at":{"step":9},"module":"opt","op":"set_params","params":{"lr":0.01}}'`,
      does: 'with one more change',
    },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    requireTypedDirectory(context)
    const path = recipePath(args)
    const edit = readEdit(args, readPart(args))
    const recipe = loadRecipe(dir, path)
    const edited = editRecipe(recipe.entries, edit(recipe))
    if (!edited.ok) throw refusal(`${recipe.file}: ${edited.reason}`)
    const { entries } = edited.value
    const isInline = json && args.out === '-'
    const findSource = sourceFinder(dir, fileOf(dir, path))
    const written = writeRecipe(entries, { dir, out: args.out, isInline, findSource })
    if (json) {
      const inline = isInline ? { recipe: entries } : {}
      terminal.json({ path: written.path, entries: entries.length, ...inline, notes: written.notes })
    } else if (written.path !== null) {
      terminal.out(`${doneMark(context)} ${count(entries.length, 'entry', 'entries')}: ${written.path}`)
    }
    printNotes(written.notes, context)
    return EXIT.done
  },
})

interface EditArgs {
  readonly shift?: string | undefined
  readonly drop?: boolean | undefined
  readonly insert?: string | undefined
  readonly earlier?: string | undefined
  readonly later?: string | undefined
}

function readEdit(args: EditArgs, part: Part): (recipe: Recipe) => RecipeEdit {
  const { shift, insert, earlier, later } = args
  const drop = args.drop === true ? 'drop' : undefined
  const given = [shift, drop, insert, earlier, later].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw usageError('one of `--shift`, `--drop`, `--insert`, `--earlier` and `--later` is required')
  }
  if (insert !== undefined) {
    const entries = readEntry(insert)
    return () => ({ kind: 'insert', entries })
  }
  const [line, by] = earlier !== undefined ? [Number(earlier), -1 as const] : [Number(later), 1 as const]
  if (earlier !== undefined || later !== undefined)
    return (recipe) => ({ kind: 'reorder', at: ofLine(recipe, line), by })
  const chosen = ({ entries }: Recipe): readonly number[] =>
    entries.flatMap((entry, i) => (isInPart(entry, part) ? [i] : []))
  if (shift !== undefined) return (recipe) => ({ kind: 'shift', at: chosen(recipe), steps: Number(shift) })
  return (recipe) => ({ kind: 'drop', at: chosen(recipe) })
}

function readEntry(text: string): readonly RecipeEntry[] {
  const read = readRecipe(text, { file: '--insert' })
  if (!read.ok) throw usageError(read.reason)
  if (read.value.entries.length === 0) throw usageError('`--insert` is empty: it must be one recipe line')
  return read.value.entries
}

function ofLine({ file, lines }: Recipe, line: number): number {
  const index = lines.indexOf(line)
  if (index < 0) throw refusal(`${file}: line ${line} has no entry`)
  return index
}
