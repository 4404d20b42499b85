import type { Caller } from '../actions'
import { type Claim, decoded, saidOf, signed } from '../claim'
import { h } from '../dom'
import { allowed, experiment } from '../experiment'
import { fact, userFacts } from '../facts'
import type { Gateways } from '../gateway'
import { problemView } from '../problem'
import { bars, middle, timed } from './timing'

/** The warehouse signs who runs a hidden explore, and the gateway believes it: once, here, and for minutes. */
export function claim(gateways: Gateways): HTMLElement {
  const seen = card('Who the gateway saw', 'main-card')
  const said = card('What the warehouse signed')
  const again = h('button', { type: 'button', class: 'again', click: () => void renew() }, 'Sign a new claim')

  let used = use(gateways)

  async function show(): Promise<void> {
    again.disabled = true
    for (const each of [seen, said]) each.body.setAttribute('aria-busy', 'true')
    try {
      const { token, caller } = await used
      seen.body.replaceChildren(userFacts(caller), sentNote())
      said.body.replaceChildren(...claimView(decoded(token)))
    } catch (reason) {
      seen.body.replaceChildren(problemView(reason))
      said.body.replaceChildren(h('p', { class: 'muted' }, 'No claim was accepted.'))
    }
    for (const each of [seen, said]) each.body.setAttribute('aria-busy', 'false')
    again.disabled = false
  }

  async function renew(): Promise<void> {
    used = use(gateways)
    await show()
    again.focus()
  }

  seen.element.append(again)
  const token = card('One claim, then a token')
  void show().then(() => showToken(gateways, token.body)) // one after the other, so that neither waits for the other
  return h(
    'div',
    {},
    h('h1', {}, 'Signed by the warehouse'),
    h(
      'p',
      { class: 'lead' },
      'No secret for each user: this page runs a hidden explore as you, the warehouse signs who ran it, and the gateway ',
      'believes that. The user comes from Looker; this page cannot choose it.',
    ),
    h('div', { class: 'compare' }, h('div', { class: 'stack' }, seen.element, token.element), said.element),
    h(
      'section',
      { class: 'misuse', 'aria-label': 'Misuse it' },
      h('h2', {}, 'Misuse it'),
      h('div', { class: 'experiments' }, ...misuses(gateways, async () => (await used).token)),
    ),
  )
}

/** Signs a claim and calls with it: it is used up then. */
async function use(gateways: Gateways): Promise<{ token: string; caller: Caller }> {
  let token = ''
  const caller = await gateways.byClaim(async () => (token = await signed(gateways.sdk))).call('whoami', {})
  return { token, caller }
}

/** One claim is exchanged for a token of minutes, and the other calls need neither Looker nor the warehouse. */
async function showToken(gateways: Gateways, body: HTMLElement): Promise<void> {
  let claims = 0
  const gateway = gateways.byClaimToken(() => {
    claims += 1
    return signed(gateways.sdk)
  })
  const call = (): Promise<Caller> => gateway.call('whoami', {})
  try {
    let caller: Caller | undefined
    const first = await timed(async () => (caller = await call()))
    const next = await middle(call)
    body.replaceChildren(
      h('p', { class: 'who' }, caller!.name),
      bars(['Explore, exchange, first call', 'serverProxy', first], ['Each call after it', 'fetchProxy', next]),
      h(
        'p',
        { class: 'note' },
        `${claims === 1 ? 'One claim was' : `${claims} claims were`} signed for six calls. They were proven by `,
        h('code', {}, caller!.authenticated_by),
        ': it lives for minutes and stays in memory.',
      ),
    )
  } catch (reason) {
    body.replaceChildren(problemView(reason))
  }
  body.setAttribute('aria-busy', 'false')
}

function sentNote(): HTMLElement {
  return h(
    'p',
    { class: 'note' },
    'The claim was sent once, as ',
    h('code', {}, 'Authorization: Bearer'),
    '. It is used up; each further call needs a new one, or a token.',
  )
}

function misuses(gateways: Gateways, used: () => Promise<string>): HTMLElement[] {
  const { sdk } = gateways
  const brief = aging(sdk)

  /** Presents a claim that must not be believed. */
  async function present(claim: Promise<string>): Promise<HTMLElement> {
    const caller = await gateways.byClaim(() => claim).call('whoami', {})
    return allowed(`Believed to be ${caller.name}.`, 'That must not happen.')
  }

  return [
    experiment({
      heading: 'h3',
      title: 'A second use',
      what: 'The claim above, once more. Whoever copies a claim out of a log or a history is too late.',
      label: 'Use it a second time',
      run: async () => present(used()),
    }),
    experiment({
      heading: 'h3',
      title: 'An old claim',
      what: 'It was signed beforehand, for one second. Clocks may differ by thirty more.',
      label: 'Wait until it is old',
      run: async (say) => present(brief(say)),
    }),
    experiment({
      heading: 'h3',
      title: 'For another audience',
      what: 'The same explore signs for a second gateway. What was meant for that one opens nothing here.',
      label: 'Use the other gateway’s',
      run: async () => present(signed(sdk, 'lookgate_claims', 'another_gateway')),
    }),
    experiment({
      heading: 'h3',
      title: 'Another user’s claim',
      what: 'This page takes a new claim of yours, writes somebody else into it and keeps the signature.',
      label: 'Be somebody else',
      run: async () => present(signed(sdk).then((own) => saidOf(decoded(own).content.sub === '1' ? '2' : '1', own))),
    }),
    experiment({
      heading: 'h3',
      title: 'From another Looker',
      what: 'Signed with the very same key, but in the name of another Looker: its user 2 is not ours.',
      label: 'Use the other Looker’s',
      run: async () => present(signed(sdk, 'other_looker_claims')),
    }),
  ]
}

/** Seconds: what the gateway grants to clocks that differ, and how long the claims of `brief_claims` live. */
const CLOCKS_DIFFER = 30
const BRIEF = 1

/** Gets a claim that is good for a second, and hands it over once the gateway must find it too old. */
function aging(sdk: Gateways['sdk']): (say: (content: HTMLElement) => void) => Promise<string> {
  const make = (): Promise<{ token: string; at: number }> => {
    const made = signed(sdk, 'brief_claims').then((token) => ({ token, at: performance.now() }))
    made.catch(() => undefined) // told to whoever presses the button
    return made
  }
  let next = make()
  return async (say) => {
    const made = next
    next = make() // grows old meanwhile
    const { token, at } = await made
    await waited(at + (BRIEF + CLOCKS_DIFFER + 1) * 1000, say)
    return token
  }
}

/** Shows how long it still takes: told once, drawn each moment. */
async function waited(until: number, say: (content: HTMLElement) => void): Promise<void> {
  const whole = until - performance.now()
  if (whole <= 0) return
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Age of the claim' })
  say(h('div', {}, h('p', { class: 'loading' }, `It will be old in ${Math.ceil(whole / 1000)} seconds, and is sent then.`), bar))
  for (let left = whole; left > 0; left = until - performance.now()) {
    bar.value = 1 - left / whole
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 250)))
  }
}

function card(title: string, kind = ''): { element: HTMLElement; body: HTMLElement } {
  const body = h('div', { 'aria-live': 'polite', 'aria-busy': 'true' }, h('p', { class: 'loading' }, 'Asking the warehouse…'))
  return { body, element: h('section', { class: `card ${kind}`, 'aria-label': title }, h('h2', {}, title), body) }
}

function claimView({ header, content }: Claim): HTMLElement[] {
  const line = (name: string, value: string, meaning: string): HTMLElement[] =>
    fact(name, h('code', {}, value), ' ', h('span', { class: 'muted' }, meaning))
  return [
    h(
      'dl',
      { class: 'facts claim' },
      ...line('sub', content.sub, 'you: put in by Looker’s server'),
      ...line('iss', content.iss, 'this Looker'),
      ...line('aud', content.aud, 'for this gateway only'),
      ...line('iat', clock(content.iat), 'signed'),
      ...line('exp', clock(content.exp), `good for ${content.exp - content.iat} seconds`),
      ...line('jti', content.jti, 'for one use'),
      ...line('alg', header.alg, 'HMAC-SHA256, computed in SQL'),
      ...line('kid', header.kid, 'the key; the warehouse has its two blocks only'),
      ...line('typ', header.typ, 'no other token is taken for it'),
    ),
    h('p', { class: 'note' }, 'Its signature, the third part, is not shown.'),
  ]
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString()
}
