import type { Question } from './actions'
import { DelaysView } from './delays_view'
import { h } from './dom'
import type { Gateways } from './gateway'

const ORIGINS = ['EWR', 'JFK', 'LGA'] as const

/** The chart alone, as a dashboard's tile; it follows the dashboard's filter for the airport. */
export function tile(gateways: Gateways, onChange: (listener: () => void) => void): HTMLElement {
  const view = new DelaysView(gateways)
  let last: string | undefined

  function follow(): void {
    const wanted = gateways.sdk.tileSDK.tileHostData.dashboardFilters?.['Origin'] ?? ''
    const origin = ORIGINS.find((each) => each === wanted)
    if (last === (origin ?? '')) return
    last = origin ?? ''
    const question: Question = origin === undefined ? {} : { origin }
    void view.ask(question).then(() => gateways.sdk.rendered())
  }

  onChange(follow)
  follow()
  return h('main', { class: 'tile' }, view.element)
}
