import { formatProblem, scanRecipe, type Validation, validateRecipe } from '@hotcb/recipe'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { runAt } from '../../run.ts'
import { sourceFinder } from './captured-sources.ts'
import { runControls } from './load-plan.ts'
import { count, doneMark, printNotes } from './notes.ts'
import { RECIPE_ARGS, recipePath, requireTypedDirectory } from './recipe-args.ts'
import { readSource } from './source-text.ts'

/** `hotcb recipe validate`: everything that is wrong with a recipe. */
export const recipeValidateCommand: CliCommand = cliCommand({
  args: {
    ...RECIPE_ARGS,
    controls: { type: 'boolean', description: '`--no-controls` leaves out whether it fits the run.' },
  },
  about: [
    'Names every line that is no entry, every entry that makes no sense, and every captured source of a callback that is neither beside the recipe nor in the run. The directory of `--dir` need not be a run. With `--dir RUN`, also what does not fit the controls of that run, where its trainer has described them. Exit code 1 when something is wrong.',
    'A file in YAML is a recipe of the tuner: unknown keys and values that do not fit are named with line and column, and with `--dir RUN` also controls that the run does not have.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 recipe validate --recipe hotcb.recipe.jsonl', does: 'also against its controls' },
    { type: 'hotcb recipe validate recipes/warmup.jsonl --json', does: 'in CI' },
    { type: 'hotcb recipe validate -', does: 'of standard input' },
    { type: 'hotcb --dir runs/exp-001 recipe validate hotcb.tune.recipe.yaml', does: 'a recipe of the tuner' },
  ],
  async run(args, context) {
    const { terminal, json, dir, dirGiven } = context
    requireTypedDirectory(context)
    const { file, text } = readSource(dir, recipePath(args), 'recipe')
    if (/\.ya?ml$/i.test(file)) {
      const { validateTuneRecipe } = await import('../tune/validate.ts')
      return validateTuneRecipe({ file, text }, dirGiven && args.controls !== false ? runAt(dir) : null, context)
    }
    const isHeld = dirGiven && args.controls !== false
    const run = isHeld ? runControls(runAt(dir), scanRecipe(text, { file }).recipe.entries) : null
    const { entries, problems } = validateRecipe(text, { file, run, findSource: sourceFinder(dir, file) })
    const against = run === null ? null : dir
    if (json) terminal.json({ valid: problems.length === 0, file, entries, against, problems })
    else print({ entries, problems }, { file, against, context })
    if (isHeld && run === null) printNotes([`\`${dir}\` has no control descriptions to hold it against`], context)
    return problems.length === 0 ? EXIT.done : EXIT.refused
  },
})

function print(
  { entries, problems }: Validation,
  { file, against, context }: { readonly file: string; readonly against: string | null; readonly context: CliContext },
): void {
  const { terminal } = context
  for (const problem of problems) terminal.err(formatProblem(problem))
  if (problems.length > 0) terminal.err(`${count(problems.length, 'problem', 'problems')} in ${file}`)
  else {
    const fits = against === null ? '' : `, and fits the controls of \`${against}\``
    terminal.out(`${doneMark(context)} ${file}: ${count(entries, 'entry', 'entries')}, valid${fits}`)
  }
}
