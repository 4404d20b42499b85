import { createLookgate } from '@lookgate/extension'
import type { BoardActions, Credentials, Seen } from '../actions'
import { h } from '../dom'
import { experiment } from '../experiment'
import { fact } from '../facts'
import { faultBoxes } from '../faults'
import { Gauge } from '../gauge'
import type { Gateways } from '../gateway'
import { problemView } from '../problem'

const ASK_EVERY = 2_000
const DRAW_EVERY = 250

/** Tokens of a minute are renewed in Looker while one looks, and things go wrong on demand. */
export function credentials(gateways: Gateways): HTMLElement {
  const bars = h('ul', { class: 'lives' })
  const troubles = h('div', {})
  const stored = h('div', { 'aria-busy': 'true' }, h('p', { class: 'loading' }, 'Asking the gateway…'))
  const run = h('div', {})
  const gauges = new Map<string, Gauge>()
  /** Milliseconds by which the gateway's clock is ahead of this browser's. */
  let ahead = 0
  let audience = ''
  let asked = 0

  const boxes = faultBoxes(gateways, ask)

  async function ask(): Promise<void> {
    const turn = ++asked
    try {
      const found = await gateways.withSharedKey.call('credentials', {})
      if (turn !== asked) return
      ahead = Date.parse(found.now) - Date.now()
      show(found)
    } catch (reason) {
      if (turn === asked) stored.replaceChildren(problemView(reason))
    }
    stored.setAttribute('aria-busy', 'false')
  }

  function show(found: Credentials): void {
    for (const token of found.tokens) {
      audience = token.audience
      let gauge = gauges.get(token.label)
      if (gauge === undefined) {
        gauge = new Gauge(token)
        gauges.set(token.label, gauge)
        bars.append(gauge.element)
      }
      gauge.take(token)
    }
    troubles.replaceChildren(...found.problems.map((problem) => h('p', { class: 'problem' }, problem)))
    if (bars.parentElement !== stored) stored.replaceChildren(bars, troubles, marginNote())
    boxes.show(found.faults)
    run.replaceChildren(runs(found))
    draw()
  }

  function draw(): void {
    for (const gauge of gauges.values()) gauge.draw(Date.now() + ahead)
  }

  const page = h(
    'div',
    {},
    h('h1', {}, 'Never stale'),
    h(
      'p',
      { class: 'lead' },
      'An extension reaches a private service with a token that stands in Looker. Here such tokens live a minute instead of ',
      'an hour, and are renewed before your eyes. Let something go wrong: each bar goes on for as long as its margin lasts.',
    ),
    h(
      'div',
      { class: 'compare' },
      h(
        'div',
        { class: 'stack' },
        h('section', { class: 'card main-card', 'aria-label': 'Stored in Looker' }, h('h2', {}, 'Stored in Looker'), stored),
        experiment({
          title: 'Try it through Looker',
          what: 'Calls the private service with the token that is stored for you. This page sends only its tag.',
          label: 'Call the service',
          run: async () => seen(await board(gateways, audience).call('departures', {})),
        }),
      ),
      h(
        'div',
        { class: 'stack' },
        h(
          'section',
          { class: 'card', 'aria-label': 'What goes wrong' },
          h('h2', {}, 'What goes wrong'),
          boxes.element,
          h('p', { class: 'note' }, 'Only a Looker admin (Ada) may let something go wrong. Anyone may mend it.'),
        ),
        h('section', { class: 'card', 'aria-label': 'Runs' }, h('h2', {}, 'Runs'), run),
      ),
    ),
  )
  void follow(page, ask, draw)
  return page
}

/** Asks and draws for as long as the page is shown. */
async function follow(page: HTMLElement, ask: () => Promise<void>, draw: () => void): Promise<void> {
  let next = 0
  do {
    if (performance.now() >= next && !document.hidden) {
      next = performance.now() + ASK_EVERY
      await ask()
    }
    draw()
    await new Promise((resolve) => setTimeout(resolve, DRAW_EVERY))
  } while (page.isConnected)
}

/** The private service: it has no user attribute for its address, because it is where its tokens' audience says. */
function board(gateways: Gateways, audience: string): ReturnType<typeof createLookgate<BoardActions>> {
  if (audience === '') throw new Error('The gateway has not told yet where the service is.')
  return createLookgate<BoardActions>(gateways.sdk, { baseUrl: audience, bearerTag: 'board_token' })
}

function seen(caller: Seen): HTMLElement {
  return h(
    'div',
    { class: 'success' },
    h('p', {}, h('strong', {}, 'The service let the call in. It saw:')),
    h(
      'dl',
      { class: 'facts' },
      ...fact('Account', h('code', {}, caller.email)),
      ...fact('For', h('code', {}, caller.audience)),
      ...fact('By', h('code', {}, caller.issuer)),
      ...fact('Still good for', remaining(caller.seconds_left)),
    ),
  )
}

function remaining(seconds: number): string {
  return seconds >= 0 ? `${seconds} s` : `nothing: it ended ${-seconds} s ago. Clocks may differ by 30 s; then it is refused.`
}

function marginNote(): HTMLElement {
  return h(
    'p',
    { class: 'note' },
    'The line across a bar is its margin: in a healthy run no less is left, so no outage as long as that leaves a gap.',
  )
}

function runs(found: Credentials): HTMLElement {
  const chips = found.attempts.map(({ status }) =>
    h('li', { class: status >= 200 && status <= 299 ? 'is-good' : 'is-bad' }, status === 0 ? 'no answer' : String(status)),
  )
  return h(
    'dl',
    { class: 'facts' },
    ...fact('Started by', `the local Google’s scheduler, every ${found.every} s`),
    ...fact('Last answers', chips.length > 0 ? h('ul', { class: 'chips' }, ...chips) : 'none yet'),
    ...fact('Missed', String(found.missed)),
    ...fact('API calls', `${found.calls_this_month.toLocaleString('en')} this month: one a renewal, failed tries too`),
  )
}
