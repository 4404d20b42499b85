import { h } from '../dom'
import type { Gateways } from '../gateway'
import { problemView } from '../problem'

/** Three ways to be refused. Each says which rule refused, why, and what to do. */
export function refused(gateways: Gateways): HTMLElement {
  return h(
    'div',
    {},
    h('h1', {}, 'Refused'),
    h('p', { class: 'lead' }, 'Three calls that the gateway may refuse. A refusal names its rule and the one thing to do.'),
    h(
      'div',
      { class: 'experiments' },
      experiment(
        'In the wrong group',
        'Only the Looker group Network Planning may approve a schedule. Being an admin does not help.',
        'Approve December 2013',
        async () => {
          const approval = await gateways.asUser.call('approve_schedule', { month: '2013-12' })
          return allowed(
            `Approved in the name of ${approval.approved_by}.`,
            'Your group may do this. To be refused, switch in Looker to Chris (Customer Care), or to Ada, the admin.',
          )
        },
      ),
      experiment(
        'Without proof',
        'The same gateway, but the call carries no handle: whatever the browser claims does not count.',
        'Read the notes as nobody',
        async () => {
          await gateways.withNothing.call('list_notes', {})
          return allowed('The notes were read.', 'That must not happen: list_notes asks for a user.')
        },
      ),
      experiment(
        'With an unknown tag',
        'The call names a user attribute that does not exist, so Looker sends the tag as it is.',
        'Send an unknown tag',
        async () => {
          const caller = await gateways.withUnknownTag.call('whoami', {})
          return allowed(`Known as ${caller.name || 'nobody'}.`, 'That must not happen: a tag is no proof.')
        },
      ),
    ),
  )
}

function experiment(title: string, what: string, label: string, run: () => Promise<HTMLElement>): HTMLElement {
  const result = h('div', { class: 'result', 'aria-live': 'polite' })
  const button = h('button', { type: 'button', click: () => void press() }, label)

  async function press(): Promise<void> {
    button.disabled = true
    result.setAttribute('aria-busy', 'true')
    result.replaceChildren(h('p', { class: 'loading' }, 'Asking the gateway…'))
    const content = await run().catch(problemView)
    result.replaceChildren(content)
    result.setAttribute('aria-busy', 'false')
    button.disabled = false
    button.focus()
  }

  return h('section', { class: 'card', 'aria-label': title }, h('h2', {}, title), h('p', {}, what), button, result)
}

function allowed(what: string, next: string): HTMLElement {
  return h('div', { class: 'success' }, h('p', {}, h('strong', {}, what)), h('p', {}, next))
}
