import { h } from './dom'
import type { Gateways } from './gateway'
import { claim } from './pages/claim'
import { credentials } from './pages/credentials'
import { delays } from './pages/delays'
import { notes } from './pages/notes'
import { refused } from './pages/refused'
import { whoami } from './pages/whoami'

/** A page: makes its content anew each time it is shown. */
export type Page = (gateways: Gateways) => HTMLElement

const PAGES: readonly { route: string; title: string; page: Page }[] = [
  { route: '/', title: 'Who am I', page: whoami },
  { route: '/delays', title: 'Delays', page: delays },
  { route: '/notes', title: 'Notes', page: notes },
  { route: '/refused', title: 'Refused', page: refused },
  { route: '/claim', title: 'Claim', page: claim },
  { route: '/credentials', title: 'Credentials', page: credentials },
]

/**
 * Shows the page of a route. Looker owns the address bar: it is told of every change, so that reload, deep links, back
 * and forward work, and it tells of changes that the user makes there.
 */
export class Router {
  readonly #gateways: Gateways
  readonly #links = new Map<string, HTMLAnchorElement>()
  readonly #main = h('main', { id: 'main', tabindex: '-1' })
  readonly #row = h('ul')
  #route: string | undefined

  constructor(gateways: Gateways, root: HTMLElement) {
    this.#gateways = gateways
    const items = PAGES.map(({ route, title }) => {
      const link = h('a', { href: `#${route}`, click: (event) => this.#clicked(event, route) }, title)
      this.#links.set(route, link)
      return h('li', {}, link)
    })
    this.#row.append(...items)
    root.replaceChildren(
      h(
        'header',
        {},
        h('p', { class: 'brand' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'Flight delays'),
        h('nav', { 'aria-label': 'Pages' }, this.#row),
      ),
      this.#main,
    )
  }

  /** Shows a route; an unknown one shows the first page. */
  show(route: string): void {
    const wanted = route.split(/[?#]/, 1)[0] ?? ''
    const found = PAGES.find((page) => page.route === wanted) ?? PAGES[0]
    if (found === undefined || found.route === this.#route) return
    this.#route = found.route
    for (const [each, link] of this.#links) {
      if (each === found.route) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    const link = this.#links.get(found.route)
    if (link !== undefined) this.#row.scrollLeft = link.offsetLeft - this.#row.offsetWidth / 2 // a phone's row is narrow
    this.#main.replaceChildren(found.page(this.#gateways))
    this.#gateways.sdk.updateTitle(`${found.title} · Flight delays`)
  }

  #clicked(event: Event, route: string): void {
    event.preventDefault()
    if (route === this.#route) return
    this.show(route)
    this.#gateways.sdk.clientRouteChanged(route)
    this.#main.focus({ preventScroll: true })
  }
}
