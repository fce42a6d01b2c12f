import { existsSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BenchPort, BenchReport, BenchRequest, BenchSuite } from '../src/context.ts'
import { runHere, startHere } from './here.ts'
import { temporaryDirectory } from './hotcb.ts'

const REPORT: BenchReport = { rows: 3, files: ['report.md', 'rows.csv'], note: null, summary: {}, text: '# Losses' }

interface Played {
  readonly report?: Partial<BenchReport>
  readonly train?: (request: BenchRequest, signal: AbortSignal) => Promise<void>
}

/** A bench that trains nothing and keeps the requests. */
function bench({ report, train }: Played = {}) {
  const requests: [what: 'train' | 'report', request: BenchRequest][] = []
  const suite: BenchSuite = {
    tasks: [
      { name: 'high', title: 'A rate that is too high' },
      { name: 'good', title: 'Nothing is wrong' },
    ],
    arms: [
      { name: 'nothing', title: 'Untouched' },
      { name: 'rules', title: 'Rules' },
      { name: 'llm-first', title: 'A model, then rules' },
    ],
    train: async (request, signal) => {
      requests.push(['train', request])
      await train?.(request, signal)
    },
    report: async (request) => {
      requests.push(['report', request])
      return { ...REPORT, ...report }
    },
  }
  const places: object[] = []
  const port: BenchPort = {
    digits: suite,
    cifar10: (place) => {
      places.push(place)
      if (place.data.endsWith('empty')) throw new Error('there is no CIFAR-10 in it')
      return suite
    },
  }
  return { port, requests, places }
}

async function run(line: string, cwd: string, play: Played = {}) {
  const { port, requests } = bench(play)
  const ended = await runHere(['bench', 'run', ...line.split(' ').filter(Boolean)], {
    cwd,
    ports: { bench: () => Promise.resolve(port) },
  })
  return { ...ended, asked: requests.map(([what, { say: _, env: __, ...request }]) => ({ what, ...request })) }
}

test('it executes the missing training runs, and prints the report', async () => {
  const cwd = temporaryDirectory()
  expect(await run('--seeds 2', cwd)).toEqual({
    code: 0,
    out: '# Losses\nreport.md\nrows.csv\n',
    err: '',
    asked: [
      {
        what: 'train',
        out: 'hotcb-bench',
        tasks: ['high', 'good'],
        arms: ['nothing', 'rules', 'llm-first'],
        seeds: [1, 2],
        steps: 2000,
        part: {
          index: 0,
          of: 1,
        },
        ai: null,
      },
      {
        what: 'report',
        out: 'hotcb-bench',
        tasks: ['high', 'good'],
        arms: ['nothing', 'rules', 'llm-first'],
        seeds: [1, 2],
        steps: 2000,
        part: {
          index: 0,
          of: 1,
        },
        ai: null,
      },
    ],
  })
  expect(existsSync(join(cwd, 'hotcb-bench'))).toBe(true)
  const line = '--tasks good --arms rules --seeds 3 --first 7 --steps 50 --out here/there --jobs 1'
  expect(await run(line, cwd)).toEqual({
    code: 0,
    out: '# Losses\nreport.md\nrows.csv\n',
    err: '',
    asked: [
      {
        what: 'train',
        out: 'here/there',
        tasks: ['good'],
        arms: ['nothing', 'rules'],
        seeds: [7, 8, 9],
        steps: 50,
        part: {
          index: 0,
          of: 1,
        },
        ai: null,
      },
      {
        what: 'report',
        out: 'here/there',
        tasks: ['good'],
        arms: ['nothing', 'rules'],
        seeds: [7, 8, 9],
        steps: 50,
        part: {
          index: 0,
          of: 1,
        },
        ai: null,
      },
    ],
  })
  expect(existsSync(join(cwd, 'here/there'))).toBe(true)
})

test('with `--json` it prints the summary, and a note to standard error', async () => {
  const ended = await run('--json --seeds 1', temporaryDirectory(), {
    report: { note: 'no picture', summary: { best: 'rules' } },
  })
  expect({ code: ended.code, out: JSON.parse(ended.out), err: ended.err }).toEqual({
    code: 0,
    out: { files: ['report.md', 'rows.csv'], summary: { best: 'rules' } },
    err: '{"note":"no picture"}\n',
  })
})

test('`--part` only trains, and `--report` only reports', async () => {
  const cwd = temporaryDirectory()
  const part = await run('--part 2/3 --seeds 1', cwd)
  expect({ ...part, asked: part.asked.map(({ what, part: one }) => [what, one]) }).toEqual({
    code: 0,
    out: '',
    err: '',
    asked: [['train', { index: 2, of: 3 }]],
  })
  const report = await run('--report --out none', cwd)
  expect({ code: report.code, out: report.out, asked: report.asked.map(({ what }) => what) }).toEqual({
    code: 0,
    out: '# Losses\nreport.md\nrows.csv\n',
    asked: ['report'],
  })
  expect(existsSync(join(cwd, 'none'))).toBe(false)
})

test('tasks and arms are listed', async () => {
  const cwd = temporaryDirectory()
  expect(await run('--list', cwd)).toEqual({
    code: 0,
    out: 'Tasks\n  high      A rate that is too high\n  good      Nothing is wrong\nArms\n  nothing   Untouched\n  rules     Rules\n  llm-first A model, then rules\n',
    err: '',
    asked: [],
  })
  expect(JSON.parse((await run('--list --json', cwd)).out)).toEqual({
    tasks: [
      {
        name: 'high',
        title: 'A rate that is too high',
      },
      {
        name: 'good',
        title: 'Nothing is wrong',
      },
    ],
    arms: [
      {
        name: 'nothing',
        title: 'Untouched',
      },
      {
        name: 'rules',
        title: 'Rules',
      },
      {
        name: 'llm-first',
        title: 'A model, then rules',
      },
    ],
  })
  expect(existsSync(join(cwd, 'hotcb-bench'))).toBe(false)
})

test('the model, its endpoint and its budget are passed on, for arms that use a model', async () => {
  const cwd = temporaryDirectory()
  const aiOf = async (line: string) => (await run(`--seeds 1 ${line}`, cwd)).asked[0]?.ai
  expect(await aiOf('')).toBeNull()
  expect(await aiOf('--ai-model m')).toEqual({ model: 'm', budgetUsd: 5 })
  expect(await aiOf('--ai-model m --ai-base-url http://a --ai-budget 0.5 --arms llm-first')).toEqual({
    model: 'm',
    baseUrl: 'http://a',
    budgetUsd: 0.5,
  })
})

const MOST = Math.max(8, availableParallelism())

test.each<[string, number, string]>([
  ['--report --part 0/2', 2, '`--part` and `--report` cannot be combined: `--report` does not train'],
  ['--tasks high,low', 2, '`--tasks low` is unknown; choose from high, good'],
  ['--arms rule', 2, '`--arms rule` is unknown; choose from nothing, rules, llm-first'],
  ['--part 3/3', 2, '`--part` must be an index and a count, such as 0/4 to 3/4, got "3/3"'],
  ['--part 1', 2, '`--part` must be an index and a count, such as 0/4 to 3/4, got "1"'],
  ['--part 1/1000x', 2, '`--part` must be an index and a count, such as 0/4 to 3/4, got "1/1000x"'],
  ['--part x1/2', 2, '`--part` must be an index and a count, such as 0/4 to 3/4, got "x1/2"'],
  [`--jobs ${MOST + 1}`, 2, `\`--jobs\` must be at most ${MOST} on this machine, got ${MOST + 1}`],
  ['--ai-base-url http://a', 2, '`--ai-base-url` needs `--ai-model`'],
  ['--ai-model m --arms rules', 2, '`--ai-model` needs an arm with a language model: llm, llm-first or tune-llm'],
  ['--out file', 1, "the directory `--out file` cannot be created: EEXIST: file already exists, mkdir 'HERE/file'"],
])('`bench run %s` is refused before anything is trained', async (line, code, message) => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'file'), '')
  const ended = await run(line, cwd)
  expect({ ...ended, err: ended.err.replaceAll(cwd, 'HERE') }).toEqual({
    code,
    out: '',
    err: `hotcb: ${message}\n`,
    asked: [],
  })
})

test('without training runs there is no report, and an error message explains how to continue', async () => {
  const cwd = temporaryDirectory()
  expect((await run('--report', cwd, { report: { rows: 0 } })).err).toBe(
    'hotcb: there is no training run in `hotcb-bench`; start with `hotcb bench run`\n',
  )
  const failed = await run('', cwd, { train: () => Promise.reject(new Error('the disk is full')) })
  expect({ code: failed.code, out: failed.out, err: failed.err }).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: the disk is full; run the same command again to continue\n',
  })
  expect(await runHere(['bench', 'run'], { cwd })).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: this program was built without the bench\n',
  })
})

test("the bench's messages go to standard error, and Ctrl-C ends it after the current run", async () => {
  const cwd = temporaryDirectory()
  const { port, requests } = bench({
    train: async ({ say }, signal) => {
      say('high nothing 1: 0.5')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  })
  const listeners = process.listenerCount('SIGTERM')
  const started = startHere(['bench', 'run'], { cwd, ports: { bench: () => Promise.resolve(port) } })
  expect(await started.interrupt()).toEqual({
    code: 130,
    out: '',
    err: 'high nothing 1: 0.5\ninterrupted; run the same command again to continue\n',
  })
  expect(requests.map(([what]) => what)).toEqual(['train'])
  expect(process.listenerCount('SIGTERM')).toBe(listeners)
})

test('`bench eval` needs data and a Python environment with all packages', async () => {
  const cwd = temporaryDirectory()
  const { port, places } = bench()
  const evaluate = (line: string, env: NodeJS.ProcessEnv = {}) =>
    runHere(['bench', 'eval', ...line.split(' ').filter(Boolean)], {
      cwd,
      env,
      ports: { bench: () => Promise.resolve(port) },
    })
  const hint = 'give the data set and its directory, such as `--data cifar10=cifar-10-batches-bin`'
  expect((await evaluate('')).err).toBe(`hotcb: \`--data\` is missing: ${hint}\n`)
  for (const given of ['cifar10', 'cifar10=', 'mnist=d', 'xcifar10=d']) {
    expect(await evaluate(`--data ${given}`)).toEqual({
      code: 2,
      out: '',
      err: `hotcb: \`--data\` \`${given}\` is not known: ${hint}\n`,
    })
  }
  expect((await evaluate('--data cifar10=d --list')).out).toContain('Tasks\n')
  expect(places).toEqual([{ data: join(cwd, 'd'), python: 'python3', env: expect.anything() }])
  expect(await evaluate('--data cifar10=empty --list')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: there is no CIFAR-10 in it\n',
  })
  const lacking = await evaluate('--data cifar10=d', { HOTCB_PYTHON: '/nowhere/python' })
  expect({ code: lacking.code, out: lacking.out }).toEqual({ code: 1, out: '' })
  expect(lacking.err).toMatch(/^hotcb: python: `\/nowhere\/python` cannot be used: .*; .*\n$/)
})
