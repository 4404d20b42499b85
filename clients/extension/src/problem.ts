/** What a refusal carries: RFC 9457, with Lookgate's own members. */
export interface ProblemDetails {
  /** The rule that refused, stable: programs may match on it. */
  code: string
  /** The code as words. */
  title: string
  /** What was refused. */
  detail: string
  /** The one thing to do; empty when there is none. */
  hint: string
  /** A JSON pointer (RFC 6901) to the field of the input that was refused; empty when it is not about one field. */
  pointer: string
  /** The HTTP status; 0 when no answer came from the gateway. */
  status: number
  /** By which the gateway's log and audit find the call; empty when no answer came from the gateway. */
  requestId: string
}

/** A call that was refused or failed, whoever refused it: the gateway, Looker or the network. */
export class LookgateProblem extends Error implements ProblemDetails {
  override readonly name = 'LookgateProblem'
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly hint: string
  readonly pointer: string
  readonly status: number
  readonly requestId: string

  constructor(problem: Pick<ProblemDetails, 'code' | 'detail'> & Partial<ProblemDetails>, options?: ErrorOptions) {
    super(problem.detail, options)
    this.code = problem.code
    this.title = problem.title ?? asWords(problem.code)
    this.detail = problem.detail
    this.hint = problem.hint ?? ''
    this.pointer = problem.pointer ?? ''
    this.status = problem.status ?? 0
    this.requestId = problem.requestId ?? ''
  }
}

const REQUEST = 'urn:request:'

/** Reads an answer that is not a success. */
export function fromAnswer(status: number, body: unknown, action: string): LookgateProblem {
  if (!isRecord(body) || typeof body['code'] !== 'string') {
    return new LookgateProblem({
      code: `http_${status}`,
      detail: `The call of '${action}' was answered with HTTP ${status}, and not by Lookgate.`,
      hint: 'Check baseUrl: something else may answer there, such as a proxy or a sign-in page.',
      status,
    })
  }
  const instance = text(body['instance'])
  return new LookgateProblem({
    code: body['code'],
    title: text(body['title']) || asWords(body['code']),
    detail: text(body['detail']),
    hint: text(body['hint']),
    pointer: text(body['pointer']),
    status,
    requestId: instance.startsWith(REQUEST) ? instance.slice(REQUEST.length) : '',
  })
}

/**
 * Reads what the extension SDK rejected with. Looker rejects with plain sentences that begin in a known way.
 *
 * @param reason what was rejected with.
 * @param origin the gateway's.
 * @param caller who made the request: Looker's server, or the browser itself.
 */
export function fromRejection(reason: unknown, origin: string, caller: 'Looker' | 'browser' = 'Looker'): LookgateProblem {
  const said = (reason instanceof Error ? reason.message : String(reason)).trim()
  const known = REJECTIONS.find(({ begins }) => begins.test(said))
  return new LookgateProblem(
    {
      code: known?.code ?? 'unreachable',
      detail: known?.detail ?? `${UNREACHABLE[caller].who} could not reach the gateway: ${said || 'no reason was given'}.`,
      hint: (known?.hint ?? UNREACHABLE[caller].hint).replace('$origin', origin),
    },
    { cause: reason },
  )
}

const UNREACHABLE = {
  Looker: { who: 'Looker', hint: 'Check that the gateway runs at $origin and that Looker can reach it.' },
  browser: {
    who: 'The browser',
    hint: "Check that the browser can reach $origin, and that the gateway's web.origins lists Looker's own origin.",
  },
} as const

const REJECTIONS: readonly { begins: RegExp; code: string; detail: string; hint: string }[] = [
  {
    begins: /^Extension not entitled to access external secret/i,
    code: 'secret_not_allowed',
    detail: "Looker does not send this user attribute's value to the gateway.",
    hint: "Hide the attribute's value and let its domain allow-list cover $origin/*. An allow-list cannot be changed later: make the attribute anew.",
  },
  {
    begins: /^(Extension )?not entitled to access external/i,
    code: 'not_entitled',
    detail: 'Looker does not let this extension call the gateway.',
    hint: 'Add "$origin" to external_api_urls in the entitlements of this application in manifest.lkml.',
  },
  {
    begins: /^Entitlements must be defined/i,
    code: 'no_entitlements',
    detail: 'This extension has no entitlements, so Looker lets it call nothing.',
    hint: 'Add entitlements with external_api_urls: ["$origin"] to this application in manifest.lkml.',
  },
  {
    begins: /^Required Looker version /i,
    code: 'looker_too_old',
    detail: 'This Looker is older than the extension needs.',
    hint: 'Ask a Looker admin to upgrade, or lower requiredLookerVersion.',
  },
  {
    begins: /^Timeout$|did not answer within/i,
    code: 'timeout',
    detail: 'No answer came in time; whether the call took effect is not known.',
    hint: 'Try again. What takes longer than 30 seconds belongs in a job.',
  },
]

function asWords(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
