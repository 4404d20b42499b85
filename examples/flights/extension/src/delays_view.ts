import type { Answer, Question } from './actions'
import { intervalChart } from './chart'
import { h } from './dom'
import type { Gateways } from './gateway'
import { problemView } from './problem'

/** A chart that asks the gateway, shows that it waits, and follows its own width. */
export class DelaysView {
  readonly element = h('div', { class: 'chart-box', 'aria-live': 'polite' })
  readonly #gateways: Gateways
  readonly #answered: (answer: Answer | undefined) => void
  #answer: Answer | undefined
  #asked = 0
  #width = 0

  constructor(gateways: Gateways, answered: (answer: Answer | undefined) => void = () => undefined) {
    this.#gateways = gateways
    this.#answered = answered
    new ResizeObserver(() => requestAnimationFrame(() => this.#follow())).observe(this.element)
  }

  /** Asks, and draws the answer; an answer that was overtaken by a later question is dropped. */
  async ask(question: Question): Promise<void> {
    const asked = ++this.#asked
    this.element.setAttribute('aria-busy', 'true')
    if (this.#answer === undefined) this.element.replaceChildren(h('p', { class: 'loading' }, 'Drawing a thousand samples…'))
    try {
      const answer = await this.#gateways.asUser.call('delays', question)
      if (asked !== this.#asked) return
      this.#answer = answer
      this.#draw()
    } catch (reason) {
      if (asked !== this.#asked) return
      this.#answer = undefined
      this.element.replaceChildren(problemView(reason))
    }
    this.element.setAttribute('aria-busy', 'false')
    this.#answered(this.#answer)
  }

  /** Draws again only for another width: the height is the drawing's own. */
  #follow(): void {
    if (Math.floor(this.element.clientWidth) !== this.#width) this.#draw()
  }

  #draw(): void {
    const width = Math.floor(this.element.clientWidth)
    this.#width = width
    if (this.#answer === undefined || width === 0) return
    this.element.replaceChildren(
      this.#answer.intervals.length === 0
        ? h('p', { class: 'empty' }, 'No such flights.')
        : intervalChart(this.#answer, width),
    )
  }
}
