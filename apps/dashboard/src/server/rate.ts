/** Allows a number of calls per second, with bursts of `burst`, for each key separately. */
export class RateLimit {
  readonly #perSecond: number
  readonly #burst: number
  readonly #buckets: Map<string, { tokens: number; ms: number }> = new Map()

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** Whether one more call, or `cost` more, is allowed now. */
  take(key: string, cost = 1): boolean {
    const now = performance.now()
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, ms: now }
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.ms) / 1000) * this.#perSecond)
    bucket.ms = now
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > KEYS) this.#buckets.delete(this.#buckets.keys().next().value ?? '')
    if (bucket.tokens < cost) return false
    bucket.tokens -= cost
    return true
  }
}

const KEYS = 10_000
