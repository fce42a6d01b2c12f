import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { sourceFinder } from './captured-sources.ts'
import { loadPlan } from './load-plan.ts'
import { count, doneMark, printNotes } from './notes.ts'
import { ADJUST_ARGS, RECIPE_ARGS, recipePath, requireTypedDirectory } from './recipe-args.ts'
import { fileOf } from './source-text.ts'
import { writeRecipe } from './write-recipe.ts'

/** `hotcb recipe apply`: writes a recipe with its overlay applied. */
export const recipeApplyCommand: CliCommand = cliCommand({
  args: {
    ...RECIPE_ARGS,
    ...ADJUST_ARGS,
    out: {
      type: 'string',
      default: '-',
      valueHint: 'PATH',
      description:
        'The file to write; a bare file name is relative to the run directory. Default: `-`, standard output.',
    },
  },
  about: ['Writes the recipe that a replay with this overlay and offset would follow, entry for entry.'],
  examples: [
    { type: 'hotcb --dir runs/exp-001 recipe apply --adjust hotcb.adjust.yaml', does: 'print the adjusted recipe' },
    { type: 'hotcb recipe apply a.jsonl --step-offset 100 --out later.jsonl', does: 'shift a recipe by 100 steps' },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    requireTypedDirectory(context)
    const recipe = recipePath(args)
    const { entries, notes: planned } = loadPlan(dir, {
      recipe,
      adjust: args.adjust,
      stepOffset: args['step-offset'],
    })
    const isInline = json && args.out === '-'
    const findSource = sourceFinder(dir, fileOf(dir, recipe))
    const { path, notes: more } = writeRecipe(entries, { dir, out: args.out, isInline, findSource })
    const notes = [...planned, ...more]
    if (json) {
      const inline = isInline ? { recipe: entries } : {}
      terminal.json({ path, entries: entries.length, ...inline, notes })
    } else if (path !== null) {
      terminal.out(`${doneMark(context)} ${count(entries.length, 'entry', 'entries')}: ${path}`)
    }
    printNotes(notes, context)
    return EXIT.done
  },
})
