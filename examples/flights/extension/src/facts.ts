import type { Caller } from './actions'
import { h } from './dom'

/** One line of a list of facts. */
export function fact(name: string, ...value: (Node | string)[]): HTMLElement[] {
  return [h('dt', {}, name), h('dd', {}, ...value)]
}

export function chips(names: string[]): HTMLElement {
  if (names.length === 0) return h('span', { class: 'muted' }, 'none')
  return h('ul', { class: 'chips' }, ...names.map((name) => h('li', {}, name)))
}

export function assurance(caller: Caller): HTMLElement {
  return h('span', { class: `level level-${caller.assurance}` }, caller.assurance.replace('_', ' '))
}

/** Who the gateway saw, and how that was proven. */
export function userFacts(caller: Caller): HTMLElement {
  return h(
    'div',
    {},
    h('p', { class: 'who' }, caller.name),
    h('p', { class: 'muted who-mail' }, caller.email),
    h(
      'dl',
      { class: 'facts' },
      ...fact('Looker user', h('code', {}, caller.subject), ` at ${caller.issuer}`),
      ...fact('Groups', chips(caller.groups)),
      ...fact('Roles', chips(caller.roles)),
      ...fact('Assurance', assurance(caller)),
      ...fact('Proven by', h('code', {}, caller.authenticated_by)),
      ...fact('Audit', h('code', {}, caller.request_id)),
    ),
  )
}
