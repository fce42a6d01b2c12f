import { expect, test } from 'vitest'
import { type Ended, hotcb, temporaryDirectory } from './hotcb.ts'
import { configured, ENV, startReceiver, yamlFor } from './notify-receiver.ts'

function notify(dir: string, ...words: readonly string[]): Promise<Ended> {
  return hotcb(['--dir', dir, 'notify', ...words], { env: { ...ENV, XDG_STATE_HOME: dir } })
}

test('rules shows channels and rules as parsed, or every problem', async () => {
  const dir = configured(
    yamlFor(
      { url: 'https://example.org', bodies: [], status: 200 },
      '  - {on: gt, metric: loss, value: 3, for: 2m, channels: [hook]}\n',
    ),
  )
  const shown = await notify(dir, 'rules')
  expect(shown.code).toBe(0)
  expect(shown.out.split('\n').slice(1)).toEqual([
    'hook  webhook',
    'here  terminal',
    'gt loss  warning  gt loss 3  for 2m, again after 1h  hook',
    '',
  ])
  const wrong = configured('channels:\n  here: {kind: terminl}\nrules:\n  - {on: pausd}\n')
  const refused = await notify(wrong, 'rules')
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('hotcb.notify.yaml:2:16: `kind` cannot be "terminl": did you mean `terminal`?')
  expect(refused.err).toContain('hotcb.notify.yaml:4:10: `on` cannot be "pausd": did you mean `paused`?')
  expect(refused.err).not.toContain('    at ')
  const open = await notify(
    configured(yamlFor({ url: 'https://example.org', bodies: [], status: 200 }), 0o644),
    'rules',
  )
  expect([open.code, open.err]).toEqual([1, expect.stringContaining('(mode 0644): make it private with `chmod 600`')])
  const none = await notify(temporaryDirectory(), 'rules')
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('no notifications are configured')])
})

test("test and send print each channel's answer", async () => {
  const receiver = await startReceiver()
  const dir = configured(yamlFor(receiver))
  const sent = await notify(dir, 'test')
  expect([sent.code, sent.out]).toEqual([0, expect.stringMatching(/hook {2}sent\nhere {2}sent\n$/)])
  expect(sent.out).toContain('hotcb: test message')
  expect(receiver.bodies).toMatchObject([{ rule: 'test', title: 'hotcb: test message' }])
  expect((await notify(dir, 'send', '--to', 'hook', '--title', 'Data', 'it', 'is ready')).code).toBe(0)
  expect(receiver.bodies[1]).toMatchObject({ title: 'Data', text: 'it is ready' })
  receiver.status = 500
  const failed = await notify(dir, 'test', 'hook', '--json')
  expect(failed.code).toBe(1)
  expect(JSON.parse(failed.out)).toEqual({ channels: [{ channel: 'hook', ok: false, reason: 'answer 500' }] })
  const unknown = await notify(dir, 'test', 'hok')
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('no channel `hok`: did you mean `hook`?')])
  const unset = await hotcb(['--dir', dir, 'notify', 'test'], { env: { XDG_STATE_HOME: dir, HOOK_SECRET: '' } })
  expect([unset.code, unset.err]).toEqual([
    1,
    expect.stringContaining('channel `hook`: the environment variable `HOOK_SECRET` is not set'),
  ])
})
