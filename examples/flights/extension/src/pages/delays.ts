import type { Answer, Question } from '../actions'
import { intervalTable } from '../chart'
import { DelaysView } from '../delays_view'
import { h } from '../dom'
import type { Gateways } from '../gateway'

const CHOICES = {
  by: { label: 'For each', options: { carrier: 'Airline', route: 'Route', month: 'Month', hour: 'Hour of departure' } },
  origin: { label: 'From', options: { '': 'All three airports', EWR: 'Newark', JFK: 'JFK', LGA: 'LaGuardia' } },
  statistic: {
    label: 'Estimate',
    options: { mean: 'Mean delay', median: 'Median delay', p90: 'Worst tenth begins at', late_share: 'Share 15+ min late' },
  },
  confidence: { label: 'Confidence', options: { '0.8': '80 %', '0.95': '95 %', '0.99': '99 %' } },
} as const

/** An algorithm that SQL does badly, on real flights: bootstrap confidence intervals, computed in Python. */
export function delays(gateways: Gateways): HTMLElement {
  const caption = h('p', { class: 'muted' })
  const details = h('details', {}, h('summary', {}, 'The numbers as a table'))
  const view = new DelaysView(gateways, (answer) => {
    caption.textContent = answer === undefined ? '' : sentence(answer)
    details.hidden = answer === undefined
    if (answer !== undefined) details.replaceChildren(details.firstElementChild ?? '', scrollable(intervalTable(answer)))
  })
  details.hidden = true

  const controls = Object.entries(CHOICES).map(([name, { label, options }]) => {
    const chosen = name === 'confidence' ? '0.95' : undefined
    const select = h(
      'select',
      { id: name, name, change: ask },
      ...Object.entries(options).map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
    )
    return { name, select, element: h('div', { class: 'control' }, h('label', { for: name }, label), select) }
  })

  function ask(): void {
    const chosen = Object.fromEntries(controls.map(({ name, select }) => [name, select.value]))
    const { origin, confidence, ...rest } = chosen
    void view.ask({
      ...rest,
      ...(origin === '' ? {} : { origin }),
      confidence: Number(confidence),
    } as Question)
  }

  ask()
  return h(
    'div',
    {},
    h('h1', {}, 'How late, and how sure?'),
    h(
      'p',
      { class: 'lead' },
      'Minutes of arrival delay of every flight that left New York in 2013 and arrived. The bars are confidence intervals: where they overlap, an order between two rows would be guesswork.',
    ),
    h('div', { class: 'controls', role: 'group', 'aria-label': 'Question' }, ...controls.map((each) => each.element)),
    h('section', { class: 'card', 'aria-label': 'Intervals' }, view.element, caption, details),
  )
}

function scrollable(table: HTMLTableElement): HTMLElement {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Intervals as a table' }, table)
}

function sentence(answer: Answer): string {
  const flights = answer.flights.toLocaleString('en')
  return `${flights} flights, ${answer.resamples.toLocaleString('en')} bootstrap samples each, ${answer.confidence * 100} % confidence.`
}
