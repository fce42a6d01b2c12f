import { statSync } from 'node:fs'
import { type Arg, type StringFlag, usageError } from '@hotcb/commands'
import { type RecipeEntry, runFiles } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { openRun } from '../../run.ts'

/** The recipe that a command reads, given as an argument or with `--recipe`. */
export const RECIPE_ARGS: {
  readonly file: Arg & { readonly type: 'positional'; readonly required: false }
  readonly recipe: StringFlag
} = {
  file: {
    type: 'positional',
    required: false,
    valueHint: 'RECIPE',
    description:
      'The recipe, relative to the run directory or else the working directory; `-` for standard input. Default: `hotcb.recipe.jsonl`.',
    completes: { kind: 'files' },
  },
  recipe: { type: 'string', valueHint: 'PATH', description: 'The same, as a flag.', completes: { kind: 'files' } },
}

/** The modifications to a recipe: an overlay and an offset. */
export const ADJUST_ARGS: Readonly<Record<'adjust' | 'step-offset', StringFlag>> = {
  adjust: {
    type: 'string',
    valueHint: 'PATH',
    description: 'An overlay, YAML or JSON; `-` for standard input.',
    completes: { kind: 'files' },
  },
  'step-offset': {
    type: 'string',
    number: 'integer',
    valueHint: 'N',
    description: 'The number to add to the step of every entry. Default: 0.',
  },
}

/** The flags that select part of a recipe. */
export const PART_ARGS: Readonly<Record<'from' | 'to' | 'module', StringFlag>> = {
  from: {
    type: 'string',
    number: 'integer',
    valueHint: 'STEP',
    description: 'Only entries at or after this step; -1 is before step 0.',
  },
  to: { type: 'string', number: 'integer', valueHint: 'STEP', description: 'Only entries up to this step, inclusive.' },
  module: {
    type: 'string',
    repeats: true,
    valueHint: 'NAME',
    description: 'Only entries for this module: `opt`, `loss`, `cb`, … May be repeated.',
  },
}

/** Returns the path of the given recipe. */
export function recipePath({ file, recipe }: { file?: string | undefined; recipe?: string | undefined }): string {
  if (file !== undefined && recipe !== undefined) {
    throw usageError(`the recipe is given twice: \`${file}\` and \`--recipe ${recipe}\``)
  }
  const path = file ?? recipe ?? runFiles.recipe
  if (path === '') throw usageError('the path of the recipe is empty')
  return path
}

/** A part of a recipe: a range of steps (inclusive) and modules; null for all modules. */
export interface Part {
  readonly from: number
  readonly to: number
  readonly modules: readonly string[] | null
}

/** Reads the part. @throws CommandError `usage` if the range is empty or invalid. */
export function readPart(args: {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly module?: string | undefined
}): Part {
  // Entries after a load to step 0 belong to the end of step -1.
  const from = args.from === undefined ? -1 : Number(args.from)
  const to = args.to === undefined ? Number.POSITIVE_INFINITY : Number(args.to)
  if (from > to) throw usageError(`\`--from\` must be at most \`--to\`, got ${from} and ${to}`)
  const modules = args.module?.split(',').filter((name) => name !== '')
  if (modules?.length === 0) throw usageError('`--module` is empty: it must be the name of a module')
  return { from, to, modules: modules ?? null }
}

/** Whether an entry is in the part. */
export function isInPart({ at, module }: RecipeEntry, { from, to, modules }: Part): boolean {
  return at.step >= from && at.step <= to && (modules === null || modules.includes(module))
}

/** Checks that a directory that was typed exists. It need not be a run, because recipes may be anywhere. */
export function requireTypedDirectory({ dir, dirGiven }: CliContext): void {
  if (dirGiven && statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) openRun(dir)
}
