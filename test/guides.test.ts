import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { end, processExists } from './launched.ts'
import { provideHotcb, providePackages } from './provided.ts'
import { onTerminal } from './pseudo-terminal.ts'
import { removeDirectory } from './remove-directory.ts'
import { ROOT } from './tarballs.ts'

// A ```ts or ```js block that begins with `// name.ts` or `// name.mjs` is a file with that name, which can import the packages
// of the workspace. A ```sh block of a guide is run on a terminal, as if a person typed it, and each guide has its own directory.
// A comment before the block changes that: after `<!-- run: background -->`, it runs during the rest of the guide, which
// continues once there are metrics; after `<!-- run: background until FILE -->`, the guide continues once that file exists; after
// `<!-- run: exit 1 -->`, the block must fail; after `<!-- run: no -->`, it is not run here. `docs/cli.md` is generated from the
// commands, and tested with them.
interface Block {
  readonly how: string
  readonly text: string
  readonly line: number
}

const GUIDES = [
  'README.md',
  'CONTRIBUTING.md',
  'apps/cli/AGENTS.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md') && name !== 'docs/cli.md')

const FILES = /^```(?:ts|js)\n\/\/ ([\w.-]+\.(?:ts|mjs))\n([\s\S]*?)^```$/gm

for (const guide of GUIDES) {
  const markdown = readFileSync(join(ROOT, guide), 'utf8')
  const blocks = blocksOf(markdown).filter(({ how }) => how !== 'no')
  if (blocks.length === 0) continue
  test(`the commands of ${guide} work as described`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hotcb-guide-'))
    // Files that programs keep for a user must not outlive the test.
    const state = join(dir, '.state')
    const background: ChildProcess[] = []
    try {
      const path = provideHotcb(dir)
      for (const [, name = '', text = ''] of markdown.matchAll(FILES)) {
        writeFileSync(join(dir, name), text)
        if (name.endsWith('.mjs')) providePackages(dir)
      }
      for (const { how, text, line } of blocks) {
        if (how.startsWith('background')) {
          const output = join(dir, '.background.log')
          const opened = openSync(output, 'a')
          const env = { ...process.env, PATH: path, XDG_STATE_HOME: state }
          const child = spawn('sh', ['-c', `exec ${text}`], { cwd: dir, stdio: ['ignore', opened, opened], env })
          closeSync(opened)
          background.push(child)
          const metrics = join(/--dir (\S+)/.exec(text)?.[1] ?? '', 'hotcb.metrics.jsonl')
          await appears(join(dir, how.split(' until ')[1] ?? metrics), child, output)
          continue
        }
        writeFileSync(join(dir, 'block.sh'), text)
        const shown = await onTerminal(`PATH=${path} XDG_STATE_HOME=${state} sh -e block.sh`, { cwd: dir })
        const wanted = how === '' ? 0 : Number(how.replace('exit ', ''))
        expect(shown, `${guide}, line ${line}: ${text}\n${shown.text}`).toMatchObject({ code: wanted })
      }
    } finally {
      for (const child of background) child.kill('SIGKILL')
      await Promise.all(background.map(closed))
      await endProcessesIn(dir)
      removeDirectory(dir)
    }
  })
}

test('every `run` comment of a block has a known value', () => {
  const known = /^(|no|background( until \S+)?|exit \d+)$/
  const strange = GUIDES.flatMap((guide) =>
    blocksOf(readFileSync(join(ROOT, guide), 'utf8'))
      .filter(({ how }) => !known.test(how))
      .map(({ how, line }) => `${guide}, line ${line}: ${how}`),
  )
  expect(strange).toEqual([])
})

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/(?:<!-- run: (.*?) -->\s*\n)?^```sh\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: how = '', 2: text = '' }) => ({ how, text, line: markdown.slice(0, index).split('\n').length }),
  )
}

/** Ends what a guide started in its directory and left: the trials of a sweep and its driver outlive their commands. */
async function endProcessesIn(dir: string): Promise<void> {
  // A driver that is about to end may start one more trial: so check until none is left.
  for (let pids = processesIn(dir); pids.length > 0; pids = processesIn(dir)) {
    for (const pid of pids) end(pid)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Processes whose working directory is in `dir`, on systems that report it. */
function processesIn(dir: string): readonly number[] {
  if (!existsSync('/proc/self/cwd')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingDirectory(name).startsWith(dir))
    .map(Number)
    .filter(processExists)
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // Another user's process, or one that has ended.
    return ''
  }
}

/** Waits for a file that a program in the background writes. The error contains what the program printed. */
async function appears(path: string, child: ChildProcess, output: string): Promise<void> {
  for (let tries = 0; !existsSync(path); tries++) {
    const code = child.exitCode
    if (code !== null && code !== 0) throw new Error(`exited with ${code}: ${readFileSync(output, 'utf8')}`)
    if (tries > 3000) throw new Error(`${path} did not appear within five minutes: ${readFileSync(output, 'utf8')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function closed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.on('close', () => resolve()))
}
