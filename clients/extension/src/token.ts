import { LookgateProblem } from './problem.js'

/** What the gateway gave for the handle. Only in memory, and only as long as the page. */
interface Held {
  token: string
  /** Milliseconds on the page's own clock, which nobody sets. */
  renewAt: number
  endsAt: number
}

/** Of a token's life, the part after which it is renewed. */
const RENEW_AFTER = 0.7

/** Gets tokens for the handle, renews them before they end, and never asks twice at the same time. */
export class Tokens {
  #held: Held | undefined
  #asking: Promise<Held> | undefined

  /**
   * @param exchange asks the gateway for a token; it throws a LookgateProblem when there is none.
   * @param now milliseconds on a clock that never goes backwards.
   */
  constructor(
    private readonly exchange: () => Promise<unknown>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Returns a token that is good now. One that ends soon is renewed meanwhile; nobody waits for that. */
  async get(): Promise<string> {
    const held = this.#held
    const now = this.now()
    if (held === undefined || now >= held.endsAt) return (await this.#ask()).token
    // A renewal that fails is tried again by the next call, and only matters once the token has ended.
    if (now >= held.renewAt) this.#ask().catch(() => undefined)
    return held.token
  }

  /** Forgets a token that the gateway refused, unless a newer one has taken its place. */
  forget(token: string): void {
    if (this.#held?.token === token) this.#held = undefined
  }

  #ask(): Promise<Held> {
    this.#asking ??= this.#renewed().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #renewed(): Promise<Held> {
    const asked = this.now() // the token is older than its answer, never younger
    const { token, seconds } = read(await this.exchange())
    const life = seconds * 1000
    this.#held = { token, renewAt: asked + life * RENEW_AFTER, endsAt: asked + life }
    return this.#held
  }
}

function read(answer: unknown): { token: string; seconds: number } {
  const { access_token: token, expires_in: seconds } = (answer ?? {}) as { access_token?: unknown; expires_in?: unknown }
  if (typeof token !== 'string' || token === '' || typeof seconds !== 'number' || !(seconds > 0)) {
    throw new LookgateProblem({
      code: 'answer_malformed',
      detail: "The answer of '/token' holds no token.",
      hint: 'Check baseUrl: something else may answer there.',
    })
  }
  return { token, seconds }
}
