// Runs code as if it had a different working directory, environment and program. Mutation tests run in threads, where `process.chdir`
// is not available.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { isAbsolute, resolve } from 'node:path'

/** The environment of code. */
export interface Surroundings {
  /** The directory to which relative paths refer. */
  readonly cwd: string
  /** The environment variables. `HOME` is the home directory. */
  readonly env: NodeJS.ProcessEnv
  /** The paths of Node and of the program that it runs. */
  readonly argv: readonly string[]
  /** Called with the text that it writes to standard output (1) and error (2). */
  readonly write: (fd: 1 | 2, text: string) => void
}

type Anything = (...args: readonly unknown[]) => unknown

// The environments of all code that is running now. The latest one applies, because all other code is waiting.
const active: Surroundings[] = []
let restore = (): void => {}

/** Calls `code` in this environment. */
export async function inDirectory<Value>(surroundings: Surroundings, code: () => Promise<Value>): Promise<Value> {
  if (active.length === 0) restore = replaceAll()
  active.push(surroundings)
  apply(surroundings)
  try {
    return await code()
  } finally {
    active.splice(active.indexOf(surroundings), 1)
    const next = active.at(-1)
    if (next === undefined) restore()
    else apply(next)
  }
}

function apply({ env, argv }: Surroundings): void {
  process.env = env
  process.argv = [...argv]
}

function replaceAll(): () => void {
  const { env, argv } = process
  const undo = [
    replaced(process, 'cwd', (before) => () => active.at(-1)?.cwd ?? before()),
    replaced(os, 'homedir', (before) => () => process.env['HOME'] ?? before()),
    ...[fs, fs.promises].flatMap((module) => namesOf(module).map((name) => replaced(module, name, relative(name)))),
    replaced(fs, 'writeSync', (before) => (fd, ...rest) => {
      const [data] = rest
      const isOurs = (fd === 1 || fd === 2) && (typeof data === 'string' || data instanceof Uint8Array)
      if (!isOurs) return before(fd, ...rest)
      const bytes = Buffer.from(data)
      active.at(-1)?.write(fd, bytes.toString())
      return bytes.length
    }),
  ].reverse()
  syncBuiltinESMExports()
  return () => {
    for (const one of undo) one()
    syncBuiltinESMExports()
    process.env = env
    process.argv = argv
  }
}

// Constructors, such as those of streams, are left out. Functions on descriptors receive numbers, which are not changed.
function namesOf(module: object): readonly string[] {
  return Object.entries(module)
    .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
    .map(([name]) => name)
}

// All others have one path. The target of a symbolic link is not changed.
const PATHS: Readonly<Record<string, number>> = { rename: 2, link: 2, copyFile: 2, cp: 2, symlink: 0 }

function relative(name: string): (before: Anything) => Anything {
  const paths = PATHS[name.replace(/Sync$/, '')] ?? 1
  const placed = (value: unknown, i: number) =>
    i < paths && typeof value === 'string' && !isAbsolute(value)
      ? resolve(active.at(-1)?.cwd ?? process.cwd(), value)
      : value
  return (before) =>
    (...args) =>
      before(...args.map(placed))
}

/** Replaces a function of a module. Returns a function that restores it. */
function replaced(module: object, name: string, wrap: (before: Anything) => Anything): () => void {
  const before: unknown = Reflect.get(module, name)
  if (typeof before !== 'function') return () => {}
  // It is called as a method of its module, and `realpathSync.native` is kept.
  const call: Anything = (...args) => Reflect.apply(before, module, args)
  Reflect.set(module, name, Object.assign(wrap(call), before))
  return () => {
    Reflect.set(module, name, before)
  }
}
