import type { Lookgate } from '@lookgate/extension'
import type { Actions, Caller } from '../actions'
import { h } from '../dom'
import { assurance, fact, userFacts } from '../facts'
import type { Gateways } from '../gateway'
import { problemView } from '../problem'
import { timing } from './timing'

/** The same question: with the user's handle, with a shared key, with nothing; and with a token, past Looker. */
export function whoami(gateways: Gateways): HTMLElement {
  return h(
    'div',
    {},
    h('h1', {}, 'Who am I?'),
    h(
      'p',
      { class: 'lead' },
      'The same call, in four ways. The gateway answers with what was proven to it, not with what this page says.',
    ),
    h(
      'div',
      { class: 'compare' },
      h(
        'div',
        { class: 'stack' },
        card('With your handle', gateways.asUser, userView(gateways), 'main-card'),
        timing(gateways),
      ),
      h(
        'div',
        { class: 'stack' },
        card('With a key that everybody shares', gateways.withSharedKey, sharedView),
        card('Without Lookgate', gateways.withNothing, nothingView),
      ),
    ),
  )
}

type View = (caller: Caller) => HTMLElement

function card(title: string, gateway: Lookgate<Actions>, view: View, kind = ''): HTMLElement {
  const body = h('div', { 'aria-live': 'polite', 'aria-busy': 'true' }, h('p', { class: 'loading' }, 'Asking the gateway…'))
  void gateway
    .call('whoami', {})
    .then(view, problemView)
    .then((content) => {
      body.replaceChildren(content)
      body.setAttribute('aria-busy', 'false')
    })
  return h('section', { class: `card ${kind}`, 'aria-label': title }, h('h2', {}, title), body)
}

function userView(gateways: Gateways): View {
  return (caller) =>
    h(
      'div',
      {},
      userFacts(caller),
      h(
        'p',
        { class: 'note' },
        'This page sent only the tag ',
        h('code', {}, gateways.sdk.createSecretKeyTag('lookgate_handle')),
        '. Looker put your secret in on its server; the browser never had it.',
      ),
    )
}

function sharedView(caller: Caller): HTMLElement {
  return h(
    'div',
    {},
    h('p', { class: 'who' }, 'Somebody who knows the key'),
    h(
      'dl',
      { class: 'facts' },
      ...fact('Key', h('code', {}, caller.subject)),
      ...fact('Assurance', assurance(caller)),
      ...fact('User', user(caller)),
    ),
  )
}

function nothingView(caller: Caller): HTMLElement {
  return h(
    'div',
    {},
    h('p', { class: 'who' }, 'Nobody'),
    h(
      'dl',
      { class: 'facts' },
      ...fact('Assurance', assurance(caller)),
      ...fact('User', user(caller)),
    ),
    h('p', { class: 'note' }, 'Looker forwards the call, and says nothing about who made it.'),
  )
}

function user(caller: Caller): HTMLElement {
  return h('span', { class: 'muted' }, caller.kind === 'user' ? caller.name : 'unknown')
}
