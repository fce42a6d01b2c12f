import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { DIGITS_CONFIG, digitsLauncher, EMPTY_CONFIG, EMPTY_LAUNCHER } from './init-texts.ts'
import { SweepError } from './sweep-error.ts'

/** What `init` is to write. */
export interface InitOptions {
  /** A sweep that runs as it is. */
  readonly example?: 'digits'
  /** Files to copy instead. */
  readonly config?: string
  readonly launcher?: string
  /** Replaces files that are there. */
  readonly force?: boolean
  /** How hotcb is called, as the words of a shell. */
  readonly hotcb: string
}

/**
 * Writes `hyperherd.yaml` and `launch.sh`; gives their paths.
 *
 * @throws SweepError `refused` where one is there already: nothing is written then.
 */
export function initWorkspace(place: string, options: InitOptions): readonly string[] {
  const root = resolve(place)
  const paths = [join(root, 'hyperherd.yaml'), join(root, 'launch.sh')] as const
  const there = paths.find((path) => existsSync(path))
  if (there !== undefined && options.force !== true) {
    throw new SweepError('refused', `\`${there}\` exists already; \`--force\` replaces it`)
  }
  const name =
    basename(root)
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .slice(0, 64) || 'experiment'
  const isDigits = options.example === 'digits'
  const config = copied(options.config) ?? (isDigits ? DIGITS_CONFIG : EMPTY_CONFIG).replace('NAME', name)
  const launcher = copied(options.launcher) ?? (isDigits ? digitsLauncher(options.hotcb) : EMPTY_LAUNCHER)
  mkdirSync(root, { recursive: true })
  writeFileSync(paths[0], config)
  writeFileSync(paths[1], launcher)
  chmodSync(paths[1], 0o755)
  return paths
}

function copied(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  if (!existsSync(path)) throw new SweepError('refused', `there is no \`${path}\` to copy`)
  return readFileSync(path, 'utf8')
}
