import { isCommandError, usageError } from '@hotcb/commands'
import { diffRecipes, type Recipe } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { differenceRows } from '../replay/describe-difference.ts'
import { loadRecipe } from './load-plan.ts'
import { count, doneMark } from './notes.ts'
import { requireTypedDirectory } from './recipe-args.ts'

/** `hotcb recipe diff A B`: the differences between two recipes. */
export const recipeDiffCommand: CliCommand = cliCommand({
  args: {
    a: {
      type: 'positional',
      required: true,
      valueHint: 'A',
      description: 'A recipe; `-` for standard input.',
      completes: { kind: 'files' },
    },
    b: {
      type: 'positional',
      required: true,
      valueHint: 'B',
      description: 'The other recipe.',
      completes: { kind: 'files' },
    },
    'exit-code': {
      type: 'boolean',
      description:
        'Exit with 1 if they differ, and with 2 if one cannot be read. By default, exit with 0 if both can be read.',
    },
  },
  about: [
    'Compares the meaning: an entry with a different step or value counts as changed, not as removed and added. The order of keys and the numbering do not matter. The exit code is 0 even if the recipes differ, unless `--exit-code` is given.',
  ],
  examples: [
    {
      type: 'hotcb recipe diff runs/a/hotcb.recipe.jsonl runs/b/hotcb.recipe.jsonl',
      does: 'show the differences as a table',
    },
    { type: 'hotcb recipe diff --exit-code plan.jsonl runs/b/hotcb.recipe.jsonl', does: 'fail in CI if they differ' },
    {
      type: 'hotcb --dir runs/a recipe diff hotcb.recipe.jsonl hotcb.recipe.effective.jsonl',
      does: 'compare two recipes from one run',
    },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    requireTypedDirectory(context)
    if (args.a === '-' && args.b === '-') throw usageError('only one of A and B can be standard input')
    const read = (path: string): Recipe => readOrFail(() => loadRecipe(dir, path), args['exit-code'] === true)
    const differences = diffRecipes(read(args.a).entries, read(args.b).entries)
    const isSame = differences.length === 0
    if (json) terminal.json({ same: isSame, differences })
    else if (isSame) terminal.out(`${doneMark(context)} no differences`)
    else {
      for (const row of differenceRows(differences, terminal)) terminal.out(row)
      terminal.out(terminal.dim(count(differences.length, 'difference', 'differences')))
    }
    return isSame || args['exit-code'] !== true ? EXIT.done : EXIT.refused
  },
})

/** With `--exit-code`, 1 means a difference, so an unreadable recipe needs a different code. */
function readOrFail(read: () => Recipe, isStrict: boolean): Recipe {
  try {
    return read()
  } catch (error) {
    throw isStrict && isCommandError(error) ? usageError(error.message, error.hint) : error
  }
}
