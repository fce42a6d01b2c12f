import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { refusal } from '@hotcb/commands'
import { type CallbackTarget, CB_DESCRIPTOR, didYouMean, type JsonObject } from '@hotcb/protocol'
import type { CallbackStatus } from '@hotcb/run'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun, type Run } from '../../run.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { sendCommands } from '../ask/send.ts'
import { readCallbacks, readSettledCallbacks } from './callback-status.ts'

/** `hotcb cb watch ID`. */
export const cbWatchCommand: CliCommand = cliCommand({
  args: {
    id: {
      type: 'positional',
      required: true,
      valueHint: 'ID',
      description: 'A callback that was loaded from a file.',
      completes: { kind: 'handles', module: CB_DESCRIPTOR.name },
    },
    wait: {
      type: 'string',
      bare: '10',
      negatable: true,
      number: 'positive',
      valueHint: 'S',
      description: 'Wait up to S seconds for each answer (10). `--no-wait` only queues.',
    },
  },
  about: [
    'Sends `cb load` whenever the file, or a file that it imports, has changed and then stayed unchanged for a moment, until Ctrl-C is pressed. If the new code does not load, the previous code keeps running. A callback that was disabled because it failed is enabled again. With `openCallbacks({ watchMs: 500 })`, the trainer watches the files itself.',
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 cb watch feat_viz', does: 'edit, save, and see it run' }],
  async run(args, context) {
    const run = openRun(context.dir)
    let loaded = await requireLoaded(run, args.id)
    const target = fileTarget(loaded)
    const path = placeOf(target.path, run)
    if (!existsSync(path)) throw refusal(`\`${args.id}\` was loaded from \`${target.path}\`, which no longer exists`)
    const watched: Watched = {
      entry: path,
      capturedPath: () => readCallbacks(run)?.find(({ id }) => id === args.id)?.capturedPath,
      onReady: () => context.terminal.err(`watching ${path}; press Ctrl-C to stop`),
      onGone: () =>
        context.terminal.err(`${path} was deleted: the loaded code keeps running until the file exists again`),
      onChange: async () => {
        await reload(
          context,
          run,
          await asItIsNow(run, loaded),
          target,
          args.wait === 'no' ? 0 : Number(args.wait ?? 10),
        )
        loaded = await asItIsNow(run, loaded)
      },
    }
    await watchFiles(run, watched)
    return EXIT.interrupted
  },
})

async function requireLoaded(run: Run, id: string): Promise<CallbackStatus> {
  const callbacks = (await readSettledCallbacks(run)) ?? []
  const found = callbacks.find((one) => one.id === id && one.loaded)
  if (found !== undefined) return found
  const names = callbacks.filter((one) => one.loaded).map((one) => one.id)
  const hint = names.length === 0 ? '' : `: ${didYouMean(id, names, `the loaded ones are ${names.join(', ')}`)}`
  throw refusal(`no callback \`${id}\` is loaded${hint}`)
}

async function asItIsNow(run: Run, before: CallbackStatus): Promise<CallbackStatus> {
  return (await readSettledCallbacks(run))?.find((one) => one.id === before.id) ?? before
}

function fileTarget({ id, target }: CallbackStatus): CallbackTarget {
  if (target?.kind === 'file' || target?.kind === 'python_file') return { ...target, kind: 'file' }
  throw refusal(`\`${id}\` was not loaded from a file: there is nothing to watch`)
}

function placeOf(path: string, run: Run): string {
  if (isAbsolute(path)) return path
  const inRun = resolve(run.dir, path)
  return existsSync(inRun) ? inRun : resolve(path)
}

async function reload(
  context: CliContext,
  run: Run,
  loaded: CallbackStatus,
  target: CallbackTarget,
  waitS: number,
): Promise<void> {
  // `init` in the state document was parsed from JSON.
  const init = loaded.init as JsonObject
  const asked = {
    module: CB_DESCRIPTOR.name,
    op: 'load',
    id: loaded.id,
    target,
    init,
    enabled: loaded.enabled || loaded.reason !== null,
  }
  await sendCommands(context, [asked], { conditions: {}, waitS, note: 'its file changed' }, run)
}

interface Watched {
  /** The loaded file. */
  readonly entry: string
  /** Where the trainer keeps the code that it has loaded; undefined if it has not reported that. */
  capturedPath(): string | null | undefined
  /** Called once the files have been read for the first time. */
  onReady(): void
  /** Called each time the file disappears. */
  onGone(): void
  onChange(): Promise<void>
}

/** Checks the files a few times a second. A change counts when the files are unchanged between two checks. */
async function watchFiles(run: Run, { entry, capturedPath, onReady, onGone, onChange }: Watched): Promise<void> {
  let isThere = true
  let captured = capturedPath()
  let files = filesOf(run, entry, captured ?? null)
  let done = printOf(files.map(asSaved))
  let before = done
  onReady()
  await untilInterrupted(LOOK_MS, async () => {
    const newest = capturedPath()
    if (newest !== undefined && newest !== captured) {
      captured = newest
      // The code that was loaded may import other files. A file that was saved while it was loaded differs from its copy.
      files = filesOf(run, entry, captured)
      done = printOf(files.map(asLoaded))
    }
    const current = printOf(files.map(asSaved))
    // An editor may briefly remove a file while saving it.
    const isSettled = current === before
    const exists = existsSync(entry)
    if (isSettled && isThere && !exists) onGone()
    if (isSettled || exists) isThere = exists
    if (current !== done && isSettled && exists) {
      await onChange()
      done = current
    }
    before = current
  })
}

const LOOK_MS = 200

/** A source file of a callback. */
interface SourceFile {
  readonly path: string
  /** The captured copy of the file that the trainer loaded. */
  readonly copy: string
}

/** A path, and the file from which its content is read. */
type Content = readonly [path: string, from: string]

const asSaved = ({ path }: SourceFile): Content => [path, path]
const asLoaded = ({ path, copy }: SourceFile): Content => [path, copy]

/** Returns the file, and the files that were captured with it. */
function filesOf(run: Run, entry: string, capturedPath: string | null): readonly SourceFile[] {
  const parts = capturedPath?.split('/') ?? []
  // `hotcb.sources/<sha256>/inside/entry.ts`; a single file is `hotcb.sources/<sha256>.ts`.
  const single = [{ path: entry, copy: capturedPath === null ? entry : join(run.dir, capturedPath) }]
  if (parts.length < 3) return single
  const folder = join(run.dir, ...parts.slice(0, 2))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return single
  let root = entry
  for (let up = 0; up < parts.length - 2; up++) root = dirname(root)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => ({ path: join(root, relative('.', name)), copy: join(folder, name) }))
    .filter(({ copy }) => statSync(copy).isFile())
}

function printOf(contents: readonly Content[]): string {
  const hash = createHash('sha256')
  for (const [path, from] of contents) {
    hash.update(`${path}\0`)
    try {
      hash.update(readFileSync(from))
    } catch {
      hash.update('missing')
    }
  }
  return hash.digest('hex')
}
