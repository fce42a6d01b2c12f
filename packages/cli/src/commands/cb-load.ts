import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { CallbackTarget } from '@hotcb/protocol'
import { type CliCommand, cliCommand } from '../command.ts'
import { usageError } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { readPairs, splitCommas } from '../pairs.ts'
import { sendCommands } from '../send.ts'

/** `hotcb cb load ID --file F --symbol S`. */
export const cbLoadCommand: CliCommand = cliCommand({
  args: {
    id: {
      type: 'positional',
      required: true,
      valueHint: 'ID',
      description: 'The name by which it is commanded from here on.',
    },
    pair: {
      type: 'positional',
      variadic: true,
      required: false,
      valueHint: 'KEY=VALUE',
      description: 'More of `--init`.',
    },
    file: { type: 'string', valueHint: 'FILE', description: 'A JavaScript or TypeScript file.' },
    path: { type: 'string', valueHint: 'PACKAGE', description: 'A package, such as `@hotcb/cb/callbacks`.' },
    symbol: {
      type: 'string',
      default: 'default',
      valueHint: 'NAME',
      description: 'The class or factory that it exports. Default: its default export.',
    },
    enabled: { type: 'boolean', description: '`--no-enabled` loads it and does not let it run yet.' },
    init: {
      type: 'string',
      repeats: true,
      valueHint: 'KEY=VALUE…',
      description: 'What it is made with. Several may follow: `--init every=50 layer=conv3`.',
    },
    ...SEND_FLAGS,
  },
  about: [
    'The trainer reads the file once, with its relative imports, keeps these very bytes in `hotcb.sources`, and runs them; the ledger has their hash. Loading an id that is loaded already swaps the code; parameters that were set stay set.',
    'A relative path is looked for here, then in the run directory. The trainer loads only from folders that it allows: the run directory and its working directory, where it does not say otherwise.',
  ],
  examples: [
    {
      type: 'hotcb --dir runs/exp-001 cb load feat_viz --file ./feat_viz.ts --symbol FeatureViz --init every=50 layer=conv3',
      does: 'from a file',
    },
    {
      type: 'hotcb --dir runs/exp-001 cb load beat --path @hotcb/cb/callbacks --symbol heartbeat',
      does: 'one that comes with hotcb',
    },
  ],
  run(args, context) {
    const init = readPairs([...joinPieces(splitCommas(args.init ?? '')), ...args._.slice(1)])
    const load = {
      target: targetOf(args, context.dir),
      ...(Object.keys(init).length === 0 ? {} : { init }),
      ...(args.enabled === undefined ? {} : { enabled: args.enabled }),
    }
    return sendCommands(context, [{ module: 'cb', op: 'load', id: args.id, ...load }], args)
  },
})

interface Where {
  readonly file?: string | undefined
  readonly path?: string | undefined
  readonly symbol: string
}

function targetOf({ file, path, symbol }: Where, runDir: string): CallbackTarget {
  if ((file === undefined) === (path === undefined)) {
    throw usageError('one of `--file FILE` and `--path PACKAGE` must be given', 'see `hotcb cb load --help`')
  }
  if (file === undefined) return { kind: 'module', path: path ?? '', symbol }
  const kind = /\.pyc?$/.test(file) ? 'python_file' : 'file'
  return { kind, path: placeOf(file, runDir), symbol }
}

// The trainer may have been started somewhere else: what is here is named by its whole path.
function placeOf(file: string, runDir: string): string {
  if (isAbsolute(file) || !existsSync(file)) return file
  return !existsSync(join(runDir, file)) || resolve(runDir, file) === resolve(file) ? resolve(file) : file
}

// `--init paths=a,b` is one assignment: only a piece with `=` begins another.
function joinPieces(pieces: readonly string[]): readonly string[] {
  const pairs: string[] = []
  for (const piece of pieces) {
    if (piece.includes('=') || pairs.length === 0) pairs.push(piece)
    else pairs[pairs.length - 1] += `,${piece}`
  }
  return pairs
}
