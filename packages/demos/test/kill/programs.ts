import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
// The folder is inside the package, so that jax-js can be resolved from it. Each process that builds has its own folder.
const OUT = join(PACKAGE, 'node_modules/.cache/hotcb', String(process.pid))

/** The files of the bundled programs. */
export interface Programs {
  readonly plain: string
  readonly demo: string
  readonly writer: string
  /** A training run that is rewound to its checkpoints. */
  readonly loads: string
  /** The demo with any options. */
  readonly ranks: string
}

/** Bundles the programs from the current sources, because processes that are killed often must start fast. */
export async function buildPrograms(): Promise<Programs> {
  const source = (name: string): string => fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  await build({
    config: false,
    entry: {
      'plain-trainer': source('plain-trainer'),
      'demo-trainer': source('demo-trainer'),
      writer: source('writer'),
      'load-trainer': source('load-trainer'),
      demo: source('../ranks/demo'),
      // The demo expects this file next to itself.
      rank: source('../../src/rank'),
    },
    outDir: join(OUT, 'programs'),
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    splitting: false,
    silent: true,
    noExternal: [/^@hotcb\//, 'js-yaml'],
    external: ['@jax-js/jax'],
    // The compiler for callbacks is CommonJS.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    esbuildOptions: (options) => {
      options.conditions = ['@hotcb/source', 'node', 'import']
    },
  })
  mkdirSync(join(OUT, 'data'), { recursive: true })
  cpSync(join(PACKAGE, 'data'), join(OUT, 'data'), { recursive: true })
  const program = (name: string): string => join(OUT, 'programs', `${name}.js`)
  return {
    plain: program('plain-trainer'),
    demo: program('demo-trainer'),
    writer: program('writer'),
    loads: program('load-trainer'),
    ranks: program('demo'),
  }
}

/** A process and its output so far. */
export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly out: string }>
  /** Kills it like `kill -9`, and waits until it has exited. */
  kill(): Promise<{ readonly code: number | null; readonly out: string }>
}

/** Starts a bundled program with one argument, as JSON. */
export function start(program: string, argument: object): Running {
  const child = spawn(process.execPath, [program, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<{ code: number | null; out: string }>((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`${program} ended with ${code}: ${errors}`))
      else resolve({ code, out })
    })
  })
  return {
    process: child,
    ended,
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}
