import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { draftConfig, draftLauncher } from '../import/draft.ts'
import { readHydraWords } from '../import/hydra-words.ts'
import { readWandbSweep } from '../import/wandb.ts'
import { DIGITS_CONFIG, digitsLauncher, EMPTY_CONFIG, EMPTY_LAUNCHER } from './init-texts.ts'
import { SweepError } from './sweep-error.ts'

/** Options for `init`. */
export interface InitOptions {
  /** An example that runs without changes. */
  readonly example?: 'digits'
  /** A Weights & Biases sweep (the path of its YAML file), or Hydra multirun overrides. */
  readonly from?: string
  /** Files to copy instead of generating them. */
  readonly config?: string
  readonly launcher?: string
  /** Whether to replace existing files. */
  readonly force?: boolean
  /** The shell command that runs hotcb. */
  readonly hotcb: string
}

/**
 * Writes `hyperherd.yaml` and `launch.sh`; returns their paths.
 *
 * @throws SweepError `refused` if one of them exists; then nothing is written.
 */
export function initWorkspace(place: string, options: InitOptions): readonly string[] {
  const root = resolve(place)
  const paths = [join(root, 'hyperherd.yaml'), join(root, 'launch.sh')] as const
  const there = paths.find((path) => existsSync(path))
  if (there !== undefined && options.force !== true) {
    throw new SweepError('refused', `\`${there}\` already exists; use \`--force\` to replace it`)
  }
  const name =
    basename(root)
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .slice(0, 64) || 'experiment'
  const made = options.from === undefined ? startingTexts(name, options) : importedTexts(name, options.from)
  const config = copied(options.config) ?? made.config
  const launcher = copied(options.launcher) ?? made.launcher
  mkdirSync(root, { recursive: true })
  writeFileSync(paths[0], config)
  writeFileSync(paths[1], launcher)
  chmodSync(paths[1], 0o755)
  return paths
}

interface Texts {
  readonly config: string
  readonly launcher: string
}

function startingTexts(name: string, { example, hotcb }: InitOptions): Texts {
  return example === 'digits'
    ? { config: DIGITS_CONFIG.replace('NAME', name), launcher: digitsLauncher(hotcb) }
    : { config: EMPTY_CONFIG.replace('NAME', name), launcher: EMPTY_LAUNCHER }
}

function importedTexts(name: string, from: string): Texts {
  const isFile = existsSync(from)
  if (!isFile && !from.includes('=')) {
    throw new SweepError('refused', `\`${from}\` is neither an existing file nor a Hydra override such as lr=0.1,0.01`)
  }
  const draft = isFile ? readWandbSweep(textOf(from)) : readHydraWords(from)
  if (!draft.ok) throw new SweepError('refused', isFile ? `${from}: ${draft.message}` : draft.message)
  const what = isFile ? basename(from) : 'Hydra overrides'
  return { config: draftConfig(name, what, draft.value), launcher: draftLauncher(draft.value) }
}

function copied(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  if (!existsSync(path)) throw new SweepError('refused', `cannot copy \`${path}\`: no such file`)
  return textOf(path)
}

function textOf(path: string): string {
  try {
    return readDocument(path)?.text ?? ''
  } catch (error) {
    throw new SweepError('refused', messageOf(error))
  }
}
