import { h } from './dom'
import { problemView } from './problem'

export interface Experiment {
  title: string
  /** What is tried, and why it matters. */
  what: string
  /** The button. */
  label: string
  /** Tries it; what it throws is shown as a refusal. `say` shows something meanwhile. */
  run: (say: (content: HTMLElement) => void) => Promise<HTMLElement>
  heading?: 'h2' | 'h3'
}

/** A card with one button that tries something, and shows what came of it. */
export function experiment({ title, what, label, run, heading = 'h2' }: Experiment): HTMLElement {
  const result = h('div', { class: 'result', 'aria-live': 'polite' })
  const button = h('button', { type: 'button', click: () => void press() }, label)

  async function press(): Promise<void> {
    button.disabled = true
    result.setAttribute('aria-busy', 'true')
    result.replaceChildren(h('p', { class: 'loading' }, 'Asking the gateway…'))
    const content = await run((meanwhile) => result.replaceChildren(meanwhile)).catch(problemView)
    result.replaceChildren(content)
    result.setAttribute('aria-busy', 'false')
    button.disabled = false
    button.focus()
  }

  return h('section', { class: 'card', 'aria-label': title }, h(heading, {}, title), h('p', {}, what), button, result)
}

/** Says that the gateway did what was asked. */
export function allowed(what: string, next: string): HTMLElement {
  return h('div', { class: 'success' }, h('p', {}, h('strong', {}, what)), h('p', {}, next))
}
