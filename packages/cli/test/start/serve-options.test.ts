import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ServeOptions } from '../../src/context.ts'
import { type EndedHere, runHere, startHere } from '../here.ts'
import { temporaryDirectory } from '../surroundings.ts'

/** Runs `hotcb serve` until it is interrupted, with a dashboard that only records its options. */
async function serve(
  words: readonly string[],
  how: { readonly fails?: string; readonly signal?: 'SIGINT' | 'SIGTERM' } = {},
): Promise<EndedHere & { readonly options: ServeOptions | undefined; readonly isClosed: boolean }> {
  let options: ServeOptions | undefined
  let isClosed = false
  const startDashboard = (given: ServeOptions) => {
    options = given
    if (how.fails !== undefined) return Promise.reject(new Error(how.fails))
    const close = (): Promise<void> => {
      isClosed = true
      return Promise.resolve()
    }
    return Promise.resolve({ address: 'http://here/#token=t', port: 8421, notes: ['a note', 'another'], close })
  }
  const started = startHere(['serve', ...words], { ports: { startDashboard } })
  onTestFinished(() => void (['SIGINT', 'SIGTERM'] as const).map((signal) => process.emit(signal, signal)))
  return { ...(await started.interrupt(how.signal)), options, isClosed }
}

function given(options: ServeOptions | undefined): object {
  const { mcp, env, sweepDriver, ...rest } = options ?? {}
  return { ...rest, has: [mcp !== undefined, env !== undefined, sweepDriver?.slice(-2)] }
}

const HAS = [true, true, ['sweep', 'drive']]

test('serve prints its address and notes, and closes the dashboard when it is interrupted', async () => {
  const root = temporaryDirectory()
  const { code, out, err, options, isClosed } = await serve(['--root', root])
  // The notifier may report that its program does not exist.
  expect([code, out, err.split('\n').slice(0, 2), isClosed]).toEqual([
    130,
    'http://here/#token=t\n',
    ['a note', 'another'],
    true,
  ])
  expect(given(options)).toEqual({ roots: [root], open: false, has: HAS })
  const asJson = await serve(['--root', root, '--json'], { signal: 'SIGTERM' })
  expect([asJson.code, JSON.parse(asJson.out), asJson.isClosed]).toEqual([
    130,
    { address: 'http://here/#token=t', port: 8421, notes: ['a note', 'another'] },
    true,
  ])
})

test('the dashboard gets the options that were typed', async () => {
  const root = temporaryDirectory()
  const [run, config, tokens] = [join(root, 'run'), join(root, 'c.yaml'), join(root, 't.json')]
  await runHere(['init', '--dir', run])
  writeFileSync(config, 'a: 1\n')
  const one = await serve(['--dir', run, '--root', `${root},${run}`])
  expect(given(one.options)).toEqual({ dir: run, roots: [root, run], open: false, has: HAS })
  const flags = [
    '--host',
    '0.0.0.0',
    '--port',
    '8123',
    '--token',
    'secret',
    '--tokens',
    tokens,
    '--user',
    'ada',
    '--open',
  ]
  const more = ['--base-path', '/a/', '--allowed-origin', 'https://a.org,https://b.org', '--config', config]
  expect(given((await serve(['--root', root, ...flags, ...more])).options)).toEqual({
    ...{
      roots: [root],
      host: '0.0.0.0',
      port: 8123,
      token: 'secret',
      tokens,
      user: 'ada',
      open: true,
      basePath: '/a/',
    },
    ...{ allowedOrigins: ['https://a.org', 'https://b.org'], configYaml: 'a: 1\n', has: HAS },
  })
})

test('an invalid directory, port or option is refused', async () => {
  const root = temporaryDirectory()
  const file = join(root, 'file')
  writeFileSync(file, '')
  const said = async (words: readonly string[], fails?: string): Promise<unknown> => {
    const { code, err } = await serve(words, fails === undefined ? {} : { fails })
    return [code, err.replaceAll(root, 'ROOT').trimEnd()]
  }
  expect([
    await said(['--root', file]),
    await said(['--root', join(root, 'no')]),
    await said(['--dir', join(root, 'no')]),
    await said(['--root', root, '--config', join(root, 'no.yaml')]),
    await said(['--root', root, '--config', root]),
    await said(['--root', root], 'the port is taken'),
    await said(['--root', root, '--key-metric', 'loss:min']),
    await said(['--root', root, '--autopilot', 'auto']),
    await said(['--root', root, '--autopilot', 'what']),
  ]).toMatchInlineSnapshot(`
    [
      [
        1,
        "hotcb: \`--root\` must be a directory, but \`ROOT/file\` is not one",
      ],
      [
        1,
        "hotcb: \`--root\` must be a directory, but \`ROOT/no\` is not one",
      ],
      [
        1,
        "hotcb: the directory \`ROOT/no\` does not exist; \`hotcb --dir ROOT/no init\` creates it",
      ],
      [
        1,
        "hotcb: the config file \`ROOT/no.yaml\` does not exist",
      ],
      [
        1,
        "hotcb: cannot read \`ROOT\`: it is a directory (EISDIR)",
      ],
      [
        1,
        "hotcb: the port is taken",
      ],
      [
        2,
        "hotcb: \`--key-metric\` requires \`--autopilot\`",
      ],
      [
        2,
        "hotcb: \`--autopilot\` watches one run; choose one with \`--dir RUN\`",
      ],
      [
        2,
        "hotcb: unknown mode \`what\`: off, suggest, auto, ai_suggest, ai_auto",
      ],
    ]
  `)
  const built = await runHere(['serve'], { ports: { startDashboard: undefined as never } })
  expect(built.err).toMatchInlineSnapshot(`
    "hotcb: this program was built without the dashboard; use \`npx hotcb serve\`, which includes it
    "
  `)
})
