import { runFiles } from '@hotcb/protocol'
import { patchTemplate } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { loadRecipe } from './load-plan.ts'
import { doneMark } from './notes.ts'
import { RECIPE_ARGS, recipePath, requireTypedDirectory } from './recipe-args.ts'
import { pathToWrite, requireFree, writeTarget } from './target-file.ts'

/** `hotcb recipe patch-template`: writes an overlay to fill in. */
export const recipeTemplateCommand: CliCommand = cliCommand({
  args: {
    ...RECIPE_ARGS,
    output: {
      type: 'string',
      alias: 'out',
      default: runFiles.adjustYaml,
      valueHint: 'PATH',
      description:
        'The file to write; a bare file name is relative to the run directory, and `-` is standard output. Default: `hotcb.adjust.yaml`.',
    },
    force: { type: 'boolean', description: 'Overwrite an existing file.' },
  },
  about: [
    'Writes one patch for each module, op and ID in the recipe, with all possible changes commented out. The unedited template changes nothing.',
  ],
  examples: [
    {
      type: 'hotcb --dir runs/exp-001 recipe patch-template --recipe hotcb.recipe.jsonl --output hotcb.adjust.yaml',
      does: 'for `freeze --mode replay_adjusted`',
    },
    { type: 'hotcb recipe patch-template a.jsonl --output -', does: 'print the template' },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    requireTypedDirectory(context)
    const { file, entries } = loadRecipe(dir, recipePath(args))
    if (args.output !== '-' && args.force !== true) requireFree(pathToWrite(dir, args.output), 'output')
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
