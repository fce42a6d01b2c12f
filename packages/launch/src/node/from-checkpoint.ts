import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { didYouMean, messageOf, parseJson, type RunDocument, readCheckpointMeta } from '@hotcb/protocol'
import { listRunCheckpoints, openRun, type Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { LaunchPlan } from '../plan.ts'
import { newRunDocument, type RunStart } from './run-document.ts'

/** A checkpoint from which a new run starts. */
export interface Origin {
  readonly run: Run
  readonly tag: string
  /** The next step to train. */
  readonly step: number
  /** The `seq` of the last ledger line, in the checkpoint's own run, that the checkpoint includes. */
  readonly seq: number
}

/**
 * Finds the checkpoint identified by `RUN` or `RUN:TAG`. Without a tag, it is the one with the highest step.
 *
 * @throws {@link LaunchError} `bad-option` if there is no such checkpoint; RunError if there is no such run.
 */
export function findOrigin(text: string, cwd: string): Origin {
  // A directory may have a colon in its name, but a tag cannot.
  const colon = existsSync(resolve(cwd, text)) ? -1 : text.lastIndexOf(':')
  const [dir, wanted] = colon <= 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
  if (wanted === '') {
    throw new LaunchError(
      'bad-option',
      `\`${text}\` has no checkpoint after the colon: write \`${dir}:TAG\`, or \`${dir}\` for the latest checkpoint`,
    )
  }
  const run = openRun(resolve(cwd, dir))
  const usable = listRunCheckpoints(run.path('checkpoints')).filter(({ step }) => step !== null)
  const found = wanted === undefined ? usable.at(-1) : usable.find(({ tag }) => tag === wanted)
  if (found === undefined) throw new LaunchError('bad-option', missing(dir, wanted, usable))
  const meta = readMeta(run, found.tag)
  return { run, tag: found.tag, step: meta.step, seq: meta.seq }
}

function missing(dir: string, wanted: string | undefined, usable: readonly { readonly tag: string }[]): string {
  const tags = usable.map(({ tag }) => tag)
  if (wanted === undefined || tags.length === 0) return `\`${dir}\` has no checkpoint to start from`
  return `\`${dir}\` has no checkpoint \`${wanted}\`: ${didYouMean(wanted, tags, `choose from ${tags.join(', ')}`)}`
}

function readMeta(run: Run, tag: string): { readonly step: number; readonly seq: number } {
  const path = join(run.path('checkpoints'), tag, 'meta.json')
  const parsed = parseJson(readDocument(path)?.text ?? '')
  const meta = parsed.ok ? readCheckpointMeta(parsed.value) : parsed
  if (meta.ok) return meta.value
  throw new LaunchError('bad-option', `\`${path}\`: ${meta.reason}`)
}

/** @throws {@link LaunchError} `bad-option` if the new run would have nothing to train. */
export function requireStepsLeft({ run, tag, step }: Origin, { maxSteps }: LaunchPlan): void {
  if (maxSteps === null || step < maxSteps) return
  throw new LaunchError(
    'bad-option',
    `checkpoint \`${tag}\` of \`${basename(run.dir)}\` is at step ${step}, but the new run would end at step ${maxSteps}: set more steps`,
  )
}

/**
 * Copies the checkpoint into a new run. Its kernel recognizes it as a copy.
 *
 * @throws {@link LaunchError} `not-started` if it cannot be copied completely, for example because it was deleted in
 *   the meantime.
 */
export async function copyCheckpoint({ run, tag }: Origin, to: Run): Promise<void> {
  const target = join(to.path('checkpoints'), tag)
  try {
    await mkdir(dirname(target), { recursive: true })
    await cp(join(run.path('checkpoints'), tag), target, { recursive: true, errorOnExist: true, force: false })
  } catch (error) {
    throw new LaunchError('not-started', `checkpoint \`${tag}\` could not be copied: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Creates the new run's document from its parent's document, with its own directory, limits and start. */
export function branchedDocument(
  origin: Origin,
  dir: string,
  plan: LaunchPlan,
  start: RunStart,
  now: Date,
): RunDocument {
  const { run, seq, step, tag } = origin
  const parent = run.document('run').value
  return {
    ...newRunDocument(dir, plan, start, now),
    // A training run may store its own options in `config`.
    ...(parent && parent.config !== '' && { config: parent.config }),
    ...(parent?.key_metric && { key_metric: parent.key_metric }),
    parent: { run: parent?.run_id || basename(run.dir), seq, step, tag, dir: resolve(run.dir) },
  }
}
