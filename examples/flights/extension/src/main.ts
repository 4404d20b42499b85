import { type ExtensionHostApi, MountPoint, connectExtensionHost } from '@looker/extension-sdk'
import { h } from './dom'
import { type Gateways, findGateways } from './gateway'
import { problemView } from './problem'
import { Router } from './router'
import css from './style.css?inline'
import { tile } from './tile'

async function start(root: HTMLElement): Promise<void> {
  let initialRoute = ''
  let router: Router | undefined
  const tileListeners: (() => void)[] = []
  const sdk = await connectExtensionHost({
    setInitialRoute: (route) => (initialRoute = route),
    hostChangedRoute: (route) => router?.show(route),
    tileHostDataChangedCallback: () => tileListeners.forEach((listener) => listener()),
  })
  const gateways = await connect(sdk, root)
  if (gateways === undefined) return
  if (sdk.lookerHostData?.mountPoint === MountPoint.dashboardTile) {
    root.replaceChildren(tile(gateways, (listener) => tileListeners.push(listener)))
    return
  }
  router = new Router(gateways, root)
  router.show(initialRoute)
}

async function connect(sdk: ExtensionHostApi, root: HTMLElement): Promise<Gateways | undefined> {
  try {
    return await findGateways(sdk)
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason)
    const fix = 'Ask a Looker admin to set the user attribute flights_delays_gateway_url.'
    root.replaceChildren(h('main', {}, h('h1', {}, 'No gateway yet'), problemView(new Error(`${why} ${fix}`))))
    return undefined
  }
}

const sheet = new CSSStyleSheet()
sheet.replaceSync(css)
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
document.documentElement.lang = 'en'
const root = h('div', { id: 'app' })
document.body.append(root)
start(root).catch((reason: unknown) => root.replaceChildren(h('main', {}, problemView(reason))))
