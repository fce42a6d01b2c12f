import { createHmac, timingSafeEqual } from 'node:crypto'

const TOLERANCE_SECONDS = 300

/**
 * Returns the headers of a signed webhook: `hotcb-timestamp` and `hotcb-signature: v1=<hex>`, an HMAC-SHA256 of `timestamp.body`.
 */
export function signatureHeaders(secret: string, body: string, timestamp: number): Readonly<Record<string, string>> {
  return {
    'hotcb-timestamp': String(timestamp),
    'hotcb-signature': `v1=${hmac(secret, body, String(timestamp))}`,
  }
}

/**
 * For webhook receivers: returns whether a body was signed with this secret within the last five minutes.
 *
 * @param headers The headers of the request, with names in lower case.
 * @param body The body as received, not parsed.
 * @param now Epoch seconds.
 */
export function verifySignature(
  secret: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
  now: number,
): boolean {
  const { 'hotcb-timestamp': timestamp, 'hotcb-signature': signature } = headers
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return false
  if (!(Math.abs(now - Number(timestamp)) <= TOLERANCE_SECONDS)) return false
  const [given, wanted] = [Buffer.from(signature), Buffer.from(`v1=${hmac(secret, body, timestamp)}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function hmac(secret: string, body: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
}
