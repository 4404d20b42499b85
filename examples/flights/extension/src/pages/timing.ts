import type { Caller } from '../actions'
import { h } from '../dom'
import type { Gateways } from '../gateway'
import { problemView } from '../problem'

/** How often each way is tried; the middle one is shown. */
const TRIES = 5

/** The same call through Looker's server and straight from the browser, with what each took. */
export function timing(gateways: Gateways): HTMLElement {
  const title = 'With a token, past Looker'
  const body = h('div', { 'aria-live': 'polite', 'aria-busy': 'true' }, h('p', { class: 'loading' }, 'Timing both ways…'))
  void measured(gateways)
    .then(view, problemView)
    .then((content) => {
      body.replaceChildren(content)
      body.setAttribute('aria-busy', 'false')
    })
  return h('section', { class: 'card', 'aria-label': title }, h('h2', {}, title), body)
}

interface Measured {
  caller: Caller
  /** Milliseconds of the exchange and the first call with its token. */
  first: number
  /** Milliseconds of a call through `serverProxy`. */
  proxied: number
  /** Milliseconds of a call with `fetchProxy`. */
  straight: number
}

/** One after the other, so that no call waits for another. */
async function measured({ asUser, byToken }: Gateways): Promise<Measured> {
  let caller: Caller | undefined
  const first = await timed(async () => (caller = await byToken.call('whoami', {})))
  const proxied = await middle(() => asUser.call('whoami', {}))
  const straight = await middle(() => byToken.call('whoami', {}))
  return { caller: caller!, first, proxied, straight }
}

/** Returns the milliseconds that work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Returns the milliseconds that work usually takes. */
export async function middle(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let tries = 0; tries < TRIES; tries++) times.push(await timed(work))
  return times.sort((a, b) => a - b)[Math.floor(TRIES / 2)]!
}

function view({ caller, first, proxied, straight }: Measured): HTMLElement {
  return h(
    'div',
    {},
    h('p', { class: 'who' }, caller.name),
    bars(['Through Looker', 'serverProxy', proxied], ['Straight', 'fetchProxy', straight]),
    h(
      'p',
      { class: 'note' },
      `The handle was exchanged once, which took ${shown(first)} with the first call. The token is good for minutes, is kept in `,
      'memory only, and ends at once when the handle is revoked. On one machine both ways are short: this local Looker also checks ',
      'the address of every straight call on its server.',
    ),
  )
}

/** Draws how long each thing took: its name, how it was done, milliseconds. */
export function bars(...rows: [name: string, how: string, milliseconds: number][]): HTMLElement {
  const longest = Math.max(...rows.map(([, , milliseconds]) => milliseconds))
  return h('dl', { class: 'timings' }, ...rows.flatMap((each) => row(...each, longest)))
}

function row(name: string, how: string, milliseconds: number, longest: number): HTMLElement[] {
  const bar = h('span', { class: 'timing-bar' })
  bar.style.width = `${Math.max(2, (100 * milliseconds) / longest)}%`
  return [
    h('dt', {}, `${name} `, h('code', {}, how)),
    h('dd', {}, h('span', { class: 'timing-track', 'aria-hidden': 'true' }, bar), h('strong', {}, shown(milliseconds))),
  ]
}

function shown(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`
}
