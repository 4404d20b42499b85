import { LookgateProblem } from '@lookgate/extension'
import { h } from './dom'

/** Shows a refusal: the rule, why, and the fix. */
export function problemView(reason: unknown): HTMLElement {
  const problem = asProblem(reason)
  return h(
    'div',
    { class: 'problem' },
    h(
      'p',
      { class: 'problem-title' },
      h('strong', {}, problem.title),
      h('code', { class: 'rule' }, problem.code),
      problem.status > 0 ? h('span', { class: 'muted' }, `HTTP ${problem.status}`) : null,
    ),
    h(
      'dl',
      { class: 'facts' },
      h('dt', {}, 'Why'),
      h('dd', {}, problem.detail),
      problem.hint === '' ? null : h('dt', {}, 'Fix'),
      problem.hint === '' ? null : h('dd', { class: 'fix' }, problem.hint),
      problem.requestId === '' ? null : h('dt', {}, 'Audit'),
      problem.requestId === '' ? null : h('dd', {}, h('code', {}, problem.requestId)),
    ),
  )
}

export function asProblem(reason: unknown): LookgateProblem {
  if (reason instanceof LookgateProblem) return reason
  const detail = reason instanceof Error ? reason.message : String(reason)
  return new LookgateProblem({ code: 'extension_failed', detail }, { cause: reason })
}
