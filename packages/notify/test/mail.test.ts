import { openSecretStore } from '@hotcb/run/node'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { NotifyMessage } from '../src/index.ts'
import { emailChannel } from '../src/node/channels/email.ts'

// The options that the mail channel passes to nodemailer, and its results for the answers. channels.test.ts sends real mail.

const mailer = vi.hoisted(() => ({
  options: {} as Record<string, unknown>,
  sent: [] as Record<string, unknown>[],
  answer: (): unknown => ({ rejected: [] }),
  closed: 0,
}))

vi.mock('nodemailer', () => ({
  createTransport: (options: Record<string, unknown>) => {
    mailer.options = options
    return {
      sendMail: async (mail: Record<string, unknown>) => {
        mailer.sent.push(mail)
        return mailer.answer()
      },
      close: () => mailer.closed++,
    }
  },
}))

beforeEach(() => {
  mailer.sent.length = 0
  mailer.closed = 0
  mailer.answer = () => ({ rejected: [] })
})

const MESSAGE: NotifyMessage = {
  ...{ title: 'exp: waits', text: 'a1 waits', level: 'info', run: 'exp 1', step: 5, rule: 'waiting_approval' },
  ...{ phase: 'opened', metric: null, value: null, action: null },
}

async function open(
  more: { host?: string; secure?: boolean; port?: number; user?: string | null } = {},
  password = 'secret',
) {
  const read = openSecretStore({ P: password }).read({ from: 'env', name: 'P' })
  const secret = read.ok && password !== '' ? read.value : null
  const base = { name: 'm', kind: 'email', host: 'mail.example.org', port: 587, secure: false, user: 'me', password: null, from: 'a@example.org', to: ['b@example.org', 'c@example.org'] } as const // biome-ignore format: one channel
  const channel = await emailChannel({ ...base, ...more }, secret)
  const send = () => channel.send({ id: 'd1', message: MESSAGE, buttons: null }, AbortSignal.timeout(1000))
  return { channel, send }
}

describe('a password', () => {
  test('is sent over the network only with TLS, and to this machine also without it', async () => {
    await open()
    expect(mailer.options).toMatchObject({ secure: false, requireTLS: true, auth: { user: 'me', pass: 'secret' } })
    await open({ secure: true, port: 465 })
    expect(mailer.options).toMatchObject({ host: 'mail.example.org', port: 465, secure: true, requireTLS: false })
    await open({ host: 'localhost' })
    expect(mailer.options).toMatchObject({ requireTLS: false, auth: { user: 'me', pass: 'secret' } })
  })

  test('or a user that is missing disables the login', async () => {
    await open({}, '')
    expect(mailer.options).toMatchObject({ requireTLS: false })
    expect(mailer.options).not.toHaveProperty('auth')
    await open({ user: null })
    expect(mailer.options).not.toHaveProperty('auth')
  })
})

describe('a mail', () => {
  test('never includes files or addresses, and the time limit for each answer is eight seconds', async () => {
    await open()
    expect(mailer.options).toMatchObject({ disableFileAccess: true, disableUrlAccess: true, logger: false })
    for (const key of ['connectionTimeout', 'greetingTimeout', 'socketTimeout']) expect(mailer.options[key]).toBe(8000)
  })

  test('is sent to all recipients, with the same id each time it is sent', async () => {
    const { channel, send } = await open()
    expect([await send(), await send()]).toEqual([{ ok: true }, { ok: true }])
    const mail = { from: 'a@example.org', to: ['b@example.org', 'c@example.org'], subject: 'ℹ️ exp: waits', text: 'a1 waits\n', messageId: '<d1.exp_1@hotcb>' } // biome-ignore format: one mail
    expect(mailer.sent).toEqual([mail, mail])
    expect(channel.target).toBe('mail.example.org:587')
    await channel.close()
    expect(mailer.closed).toBe(1)
  })

  test.each([
    [{ code: 'EAUTH' }, 'did not accept the mail (EAUTH)', false],
    [{ code: 'EAUTH', responseCode: 535, response: '535 no' }, 'responded with 535: 535 no', false],
    [{ code: 'EENVELOPE' }, 'did not accept the mail (EENVELOPE)', false],
    [{ code: 'ECONNECTION' }, 'did not accept the mail (ECONNECTION)', true],
    [{ code: 'EMESSAGE', responseCode: 499 }, 'responded with 499 (EMESSAGE)', true],
    [{ responseCode: 500 }, 'responded with 500', false],
    [{ responseCode: 450, response: '450 busy' }, 'responded with 450: 450 busy', true],
    [{}, 'did not accept the mail', true],
    [{ code: 5, responseCode: '550', response: 5 }, 'did not accept the mail', true],
  ])('that fails with %j is retried if another try may succeed', async (fields, reason, retry) => {
    mailer.answer = () => {
      throw Object.assign(new Error('no'), fields)
    }
    const { send } = await open()
    expect(await send()).toEqual({ ok: false, reason: `\`mail.example.org\` ${reason}`, retry })
  })

  test('that one recipient does not get is reported, and is not sent to the others again', async () => {
    mailer.answer = () => ({ rejected: ['c@example.org'] })
    const { send } = await open()
    expect(await send()).toEqual({ ok: false, reason: '`mail.example.org` rejected 1 of 2', retry: false })
  })
})
