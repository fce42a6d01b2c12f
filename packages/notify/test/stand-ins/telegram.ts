import { giveJson, type Request, type StandIn, startHttp } from './http-server.ts'

/** A stand-in for the part of Telegram's Bot API that sends messages and delivers button presses. */
export interface TelegramStandIn extends StandIn {
  /** Someone presses a button. */
  press(press: { readonly data: string; readonly chat: number; readonly user: number }): void
  /** The messages that bots have sent. */
  sent(): readonly Record<string, unknown>[]
  calls(method: string): readonly Record<string, unknown>[]
}

/** @param answer Answers a call before Telegram does. */
export async function startTelegram(answer: Parameters<typeof startHttp>[0] = () => false): Promise<TelegramStandIn> {
  const updates: Record<string, unknown>[] = []
  const polls: (() => void)[] = []
  let messages = 0
  const http = await startHttp(async (request, response) => {
    if (await answer(request, response)) return true
    const method = request.path.split('/').at(-1)
    if (method === 'sendMessage') return giveJson(response, { ok: true, result: { message_id: ++messages } })
    if (method !== 'getUpdates') return giveJson(response, { ok: true, result: true })
    const { offset, timeout } = JSON.parse(request.body)
    // Confirmed updates are not returned again. Waiting updates are returned immediately; otherwise the request waits for one.
    while (updates[0] !== undefined && Number(updates[0]['update_id']) < offset) updates.shift()
    if (updates.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeout * 1000)
        response.on('close', () => {
          clearTimeout(timer)
          resolve()
        })
        polls.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return giveJson(response, { ok: true, result: updates })
  })
  let nextUpdate = 100
  const bodies = (method: string): Record<string, unknown>[] =>
    http.requests.filter(({ path }: Request) => path.endsWith(`/${method}`)).map(({ body }) => JSON.parse(body))
  return {
    ...http,
    press({ data, chat, user }) {
      const id = nextUpdate++
      const query = { id: `q${id}`, data, from: { id: user }, message: { message_id: 1, chat: { id: chat } } }
      updates.push({ update_id: id, callback_query: query })
      for (const wake of polls.splice(0)) wake()
    },
    sent: () => bodies('sendMessage'),
    calls: bodies,
  }
}
