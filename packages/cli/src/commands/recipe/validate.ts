import { formatProblem, scanRecipe, type Validation, validateRecipe } from '@hotcb/recipe'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRunDirectory } from '../../run.ts'
import { sourceFinder } from './captured-sources.ts'
import { runControls } from './load-plan.ts'
import { count, doneMark, printNotes } from './notes.ts'
import { RECIPE_ARGS, recipePath, requireTypedDirectory } from './recipe-args.ts'
import { readSource } from './source-text.ts'

/** `hotcb recipe validate`: lists every problem in a recipe. */
export const recipeValidateCommand: CliCommand = cliCommand({
  args: {
    ...RECIPE_ARGS,
    controls: { type: 'boolean', description: "`--no-controls` skips the check against the run's controls." },
  },
  about: [
    "Lists every malformed line, every invalid entry, and every captured callback source that is neither next to the recipe nor in the run. With `--dir RUN`, it also lists entries that do not match that run's controls, if its trainer has described them; `--dir` may also be a directory that is not a run. The exit code is 1 if there is a problem.",
    'A YAML file is a tuner recipe: unknown keys and invalid values are listed with their line and column. With `--dir RUN`, controls that the run does not have are listed too.',
  ],
  examples: [
    {
      type: 'hotcb --dir runs/exp-001 recipe validate --recipe hotcb.recipe.jsonl',
      does: "check it against the run's controls",
    },
    { type: 'hotcb recipe validate recipes/warmup.jsonl --json', does: 'check it in CI' },
    { type: 'hotcb recipe validate -', does: 'check standard input' },
    { type: 'hotcb --dir runs/exp-001 recipe validate hotcb.tune.recipe.yaml', does: 'check a tuner recipe' },
  ],
  async run(args, context) {
    const { terminal, json, dir, dirGiven } = context
    requireTypedDirectory(context)
    const { file, text } = readSource(dir, recipePath(args), 'recipe')
    if (/\.ya?ml$/i.test(file)) {
      const { validateTuneRecipe } = await import('../tune/validate.ts')
      return validateTuneRecipe(
        { file, text },
        dirGiven && args.controls !== false ? openRunDirectory(dir) : null,
        context,
      )
    }
    const isHeld = dirGiven && args.controls !== false
    const run = isHeld ? runControls(openRunDirectory(dir), scanRecipe(text, { file }).recipe.entries) : null
    const { entries, problems } = validateRecipe(text, { file, run, findSource: sourceFinder(dir, file) })
    const against = run === null ? null : dir
    if (json) terminal.json({ valid: problems.length === 0, file, entries, against, problems })
    else print({ entries, problems }, { file, against, context })
    if (isHeld && run === null)
      printNotes([`\`${dir}\` has no control descriptions to check the recipe against`], context)
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
    const fits = against === null ? '' : `, and it matches the controls of \`${against}\``
    terminal.out(`${doneMark(context)} ${file}: ${count(entries, 'entry', 'entries')}, valid${fits}`)
  }
}
