import type { Secret } from '@hotcb/run/node'
import { isLoopback } from '../../config/read-channel.ts'
import { bodyOf, markedTitle } from '../../text/lines.ts'
import type { ChannelConfig } from '../../types.ts'
import type { NotifyChannel } from '../channel.ts'

const CONNECT_MS = 8000

/** Creates a channel that sends plain-text mail over SMTP. A password is only sent over TLS, or to this machine. */
export async function emailChannel(
  config: Extract<ChannelConfig, { kind: 'email' }>,
  password: Secret | null,
): Promise<NotifyChannel> {
  const { name, host, port, secure, user, from, to } = config
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && password !== null && !isLoopback(host),
    ...(password !== null && user !== null && { auth: { user, pass: password.reveal() } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: CONNECT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  })
  return {
    name,
    kind: 'email',
    target: `${host}:${port}`,
    chat: null,
    async send({ id, message }) {
      try {
        const subject = markedTitle(message)
        const { rejected } = await transport.sendMail({
          from,
          to: [...to],
          subject,
          text: `${bodyOf(message, false)}\n`,
          // If the message is sent again, it has the same ID, so that mail programs show it once.
          messageId: `<${id}.${message.run.replace(/[^\w.-]/g, '_')}@hotcb>`,
        })
        if (rejected.length === 0) return { ok: true }
        return {
          ok: false,
          reason: `\`${host}\` rejected ${rejected.length} of ${to.length}`,
          retry: false,
        }
      } catch (error) {
        return failure(host, error)
      }
    },
    close: async () => transport.close(),
  }
}

function failure(host: string, error: unknown): Awaited<ReturnType<NotifyChannel['send']>> {
  // nodemailer errors are recognized by their fields: a code and the server's response.
  const { code, responseCode, response } = error as { code?: unknown; responseCode?: unknown; response?: unknown }
  const status = typeof responseCode === 'number' ? responseCode : undefined
  const says = typeof response === 'string' ? `: ${response}` : typeof code === 'string' ? ` (${code})` : ''
  const isFinal = code === 'EAUTH' || code === 'EENVELOPE' || (status !== undefined && status >= 500)
  const what = status === undefined ? 'did not accept the mail' : `responded with ${status}`
  return { ok: false, reason: `\`${host}\` ${what}${says}`, retry: !isFinal }
}
