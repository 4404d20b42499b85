import type { Fault } from './actions'
import { h } from './dom'
import type { Gateways } from './gateway'
import { problemView } from './problem'

const BOXES: readonly { fault: Fault; label: string; then: string }[] = [
  { fault: 'looker_down', label: 'Looker is down', then: 'Its API answers 503. Nothing can be written.' },
  { fault: 'looker_429', label: 'Looker has enough', then: 'Its API answers 429.' },
  { fault: 'iam_500', label: 'IAM Credentials fails', then: 'Google makes no tokens: 500.' },
  { fault: 'metadata_down', label: 'The metadata server is down', then: 'Nobody says who the gateway is: 503.' },
  { fault: 'scheduler_missed', label: 'The scheduler does not come', then: 'No run is started.' },
  { fault: 'clock_off', label: 'Google’s clock is off', then: 'Tokens arrive 20 s old.' },
]

/** Boxes that let something go wrong, for real. A box shows what is so, not what was clicked. */
export function faultBoxes(gateways: Gateways, changed: () => Promise<void>): { element: HTMLElement; show: (on: Fault[]) => void } {
  const refusal = h('div', { class: 'result', 'aria-live': 'polite' })
  let on: readonly Fault[] = []
  const inputs = new Map<Fault, HTMLInputElement>()

  async function turn(fault: Fault, input: HTMLInputElement): Promise<void> {
    const wanted = input.checked
    input.setAttribute('aria-busy', 'true')
    refusal.replaceChildren()
    try {
      // Mending asks for no person: while Looker is down, nobody can be proven to be an admin.
      if (wanted) await gateways.asUser.call('break_it', { fault })
      else await gateways.withSharedKey.call('mend_it', { fault })
    } catch (reason) {
      refusal.replaceChildren(problemView(reason))
      input.checked = on.includes(fault)
    }
    input.removeAttribute('aria-busy')
    await changed()
  }

  const rows = BOXES.map(({ fault, label, then }) => {
    const input = h('input', { type: 'checkbox', id: fault, 'aria-describedby': `${fault}-then` })
    input.addEventListener('change', () => void turn(fault, input))
    inputs.set(fault, input)
    return h(
      'li',
      {},
      input,
      h('label', { for: fault }, label),
      h('span', { class: 'muted', id: `${fault}-then` }, then),
    )
  })
  return {
    element: h('div', {}, h('ul', { class: 'faults' }, ...rows), refusal),
    show(found) {
      on = found
      for (const [fault, input] of inputs) if (!input.hasAttribute('aria-busy')) input.checked = found.includes(fault)
    },
  }
}
