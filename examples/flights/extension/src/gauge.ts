import type { StoredToken } from './actions'
import { h } from './dom'

/** The life that one stored token has left, as a bar that is redrawn as time goes by. */
export class Gauge {
  readonly element: HTMLElement
  readonly #fill = h('span', { class: 'life-fill' })
  readonly #track = h('span', { class: 'life-track', role: 'meter', 'aria-valuemin': 0 })
  readonly #mark = h('span', { class: 'life-mark', 'aria-hidden': 'true' })
  readonly #left = h('strong', { class: 'life-left' })
  readonly #facts = h('p', { class: 'life-facts muted' })
  readonly #says = h('p', { class: 'life-says' })
  #token: StoredToken
  #lowest = Infinity

  constructor(token: StoredToken) {
    this.#token = token
    this.#track.append(this.#fill, this.#mark)
    this.#track.setAttribute('aria-label', `Life left, ${token.label}`)
    this.element = h(
      'li',
      { class: 'life', 'aria-label': token.label },
      h('p', { class: 'life-name' }, h('span', {}, named(token.label)), this.#left),
      this.#track,
      h('p', { class: 'life-facts muted' }, `From ${token.source}, for `, h('code', {}, token.audience)),
      this.#facts,
      this.#says,
    )
  }

  /** Takes over what the gateway knows now. */
  take(token: StoredToken): void {
    this.#token = token
    this.#says.classList.toggle('is-bad', token.code !== '')
  }

  /** Draws for a time, in milliseconds. */
  draw(now: number): void {
    const { expires_at, renewed_at, life, margin, renewals } = this.#token
    const left = expires_at === null ? 0 : Math.max(0, (Date.parse(expires_at) - now) / 1000)
    const whole = life || 1
    if (expires_at !== null) this.#lowest = Math.min(this.#lowest, left)
    this.element.dataset['level'] = left === 0 ? 'expired' : left < margin ? 'margin' : 'good'
    this.#fill.style.width = `${Math.min(100, (100 * left) / whole)}%`
    this.#mark.style.left = `${Math.min(100, (100 * margin) / whole)}%`
    const words = expires_at === null ? 'nothing stored yet' : left === 0 ? `expired ${ago(expires_at, now)}` : `${Math.ceil(left)} s left`
    if (this.#left.textContent !== words) this.#left.textContent = words
    this.#track.setAttribute('aria-valuemax', String(whole))
    this.#track.setAttribute('aria-valuenow', String(Math.ceil(left)))
    this.#track.setAttribute('aria-valuetext', `${words}, margin ${margin} s`)
    const lowest = Number.isFinite(this.#lowest) ? ` · lowest while you look: ${Math.ceil(this.#lowest)} s` : ''
    const renewed = renewed_at === null ? 'Not renewed yet' : `Renewed ${ago(renewed_at, now)}`
    const facts = `${renewed} · ${renewals} ${renewals === 1 ? 'renewal' : 'renewals'}${lowest}`
    if (this.#facts.textContent !== facts) this.#facts.textContent = facts
    const says = sentence(this.#token, now)
    if (this.#says.textContent !== says) this.#says.textContent = says
  }
}

function named(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1)
}

/** Says what comes next, and what went wrong last. */
function sentence({ state, says, next_at, code, detail, failures }: StoredToken, now: number): string {
  const wait = next_at === null ? 0 : Math.max(0, Math.ceil((Date.parse(next_at) - now) / 1000))
  const next =
    state === 'fresh' && wait > 0
      ? `Due in ${wait} s; the next run renews it then.`
      : state === 'backoff' && wait > 0
        ? `Tried again by the first run in ${wait} s.`
        : LATE.has(state)
          ? 'Due at the next run.'
          : `${named(says)}.`
  return code === '' ? next : `Failed ${failures === 1 ? 'once' : `${failures} times`}: ${detail} (${code}). ${next}`.replace('. (', ' (')
}

const LATE = new Set(['new', 'margin', 'expired', 'fresh', 'backoff'])

function ago(iso: string, now: number): string {
  return `${Math.max(0, Math.floor((now - Date.parse(iso)) / 1000))} s ago`
}
