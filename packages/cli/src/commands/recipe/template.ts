import { statSync } from 'node:fs'
import { refusal } from '@hotcb/commands'
import { runFiles } from '@hotcb/protocol'
import { patchTemplate } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { loadRecipe } from './load-plan.ts'
import { doneMark } from './notes.ts'
import { RECIPE_ARGS, recipePath, requireTypedDirectory } from './recipe-args.ts'
import { pathToWrite, writeTarget } from './target-file.ts'

/** `hotcb recipe patch-template`: an overlay to fill in. */
export const recipeTemplateCommand: CliCommand = cliCommand({
  args: {
    ...RECIPE_ARGS,
    output: {
      type: 'string',
      alias: 'out',
      default: runFiles.adjustYaml,
      valueHint: 'PATH',
      description: 'Where to; a bare name lies in the run, `-` is standard output. Default: `hotcb.adjust.yaml`.',
    },
    force: { type: 'boolean', description: 'Also over a file that is there.' },
  },
  about: [
    'One patch for each module, op and id of the recipe, everything that it could do commented out: as it is, it changes nothing.',
  ],
  examples: [
    {
      type: 'hotcb --dir runs/exp-001 recipe patch-template --recipe hotcb.recipe.jsonl --output hotcb.adjust.yaml',
      does: 'for `freeze --mode replay_adjusted`',
    },
    { type: 'hotcb recipe patch-template a.jsonl --output -', does: 'to standard output' },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    requireTypedDirectory(context)
    const { file, entries } = loadRecipe(dir, recipePath(args))
    if (args.output !== '-' && args.force !== true) requireFree(pathToWrite(dir, args.output))
    const text = patchTemplate(entries, { recipe: file })
    if (json && args.output === '-') {
      terminal.json({ path: null, overlay: text })
      return EXIT.done
    }
    const path = writeTarget(dir, args.output, text)
    if (json) terminal.json({ path })
    else if (path !== null) terminal.out(`${doneMark(context)} overlay to fill in: ${path}`)
    return EXIT.done
  },
})

// Somebody may have filled it in.
function requireFree(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0) throw refusal(`\`${path}\` is there already`, '`--force` replaces it, `--output` names another')
}
