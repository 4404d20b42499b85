import { h } from '../dom'
import { allowed, experiment } from '../experiment'
import type { Gateways } from '../gateway'

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
      experiment({
        title: 'In the wrong group',
        what: 'Only the Looker group Network Planning may approve a schedule. Being an admin does not help.',
        label: 'Approve December 2013',
        run: async () => {
          const approval = await gateways.asUser.call('approve_schedule', { month: '2013-12' })
          return allowed(
            `Approved in the name of ${approval.approved_by}.`,
            'Your group may do this. To be refused, switch in Looker to Chris (Customer Care), or to Ada, the admin.',
          )
        },
      }),
      experiment({
        title: 'Without proof',
        what: 'The same gateway, but the call carries no handle: whatever the browser claims does not count.',
        label: 'Read the notes as nobody',
        run: async () => {
          await gateways.withNothing.call('list_notes', {})
          return allowed('The notes were read.', 'That must not happen: list_notes asks for a user.')
        },
      }),
      experiment({
        title: 'With an unknown tag',
        what: 'The call names a user attribute that does not exist, so Looker sends the tag as it is.',
        label: 'Send an unknown tag',
        run: async () => {
          const caller = await gateways.withUnknownTag.call('whoami', {})
          return allowed(`Known as ${caller.name || 'nobody'}.`, 'That must not happen: a tag is no proof.')
        },
      }),
    ),
  )
}
