import type { Answer, Interval } from './actions'
import { h, s } from './dom'

const ROW = 30
const AXIS = 26
const NARROW = 520
const CRAMPED = 310

/** Writes a number of the answer's unit: minutes with one digit, or a share in per cent. */
export function formatted(value: number, unit: Answer['unit']): string {
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`
  // A minus sign rather than a hyphen, and no "-0.0".
  return value.toFixed(1).replace(/^-0\.0$/, '0.0').replace('-', '\u2212')
}

/** Draws the intervals for a width in CSS pixels: a dot for each estimate, a bar from low to high, a line at zero. */
export function intervalChart(answer: Answer, width: number): SVGSVGElement {
  const narrow = width < NARROW
  const cramped = width < CRAMPED
  const left = narrow ? 8 : 212
  const right = narrow ? 12 : 150
  const row = narrow ? 44 : ROW
  const height = AXIS + answer.intervals.length * row + 8
  const ticks = axisTicks(
    Math.min(0, ...answer.intervals.map((each) => each.low)),
    Math.max(0, ...answer.intervals.map((each) => each.high)),
    narrow ? 4 : 7,
  )
  const first = ticks[0] ?? 0
  const last = ticks.at(-1) ?? 1
  const x = (value: number): number => left + ((value - first) / (last - first || 1)) * (width - left - right)

  return s(
    'svg',
    { class: 'chart', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': summary(answer) },
    ...ticks.flatMap((tick) => [
      s('line', { class: tick === 0 ? 'zero' : 'grid', x1: x(tick), x2: x(tick), y1: AXIS - 4, y2: height - 4 }),
      s('text', { class: 'tick', x: x(tick), y: 14, 'text-anchor': 'middle' }, tickLabel(tick, answer.unit)),
    ]),
    ...answer.intervals.map((each, index) => rowView(each, AXIS + index * row, row)),
  )

  function rowView(each: Interval, top: number, tall: number): SVGGElement {
    const middle = top + (narrow ? tall - 13 : tall / 2)
    const text = narrow ? top + 16 : middle + 4
    const [estimate, low, high] = [each.estimate, each.low, each.high].map((value) => formatted(value, answer.unit))
    return s(
      'g',
      { class: 'row' },
      s('title', {}, `${each.label}: ${estimate} (${low} to ${high}), ${each.flights} flights`),
      s('rect', { class: 'hit', x: 0, y: top, width, height: tall }),
      s('text', { class: 'label', x: narrow ? left : left - 14, y: text, 'text-anchor': narrow ? 'start' : 'end' }, each.label),
      s('line', { class: 'bar', x1: x(each.low), x2: x(each.high), y1: middle, y2: middle }),
      s('line', { class: 'cap', x1: x(each.low), x2: x(each.low), y1: middle - 5, y2: middle + 5 }),
      s('line', { class: 'cap', x1: x(each.high), x2: x(each.high), y1: middle - 5, y2: middle + 5 }),
      s('circle', { class: 'dot', cx: x(each.estimate), cy: middle, r: 4.5 }),
      ...(narrow
        ? [
            s(
              'text',
              { class: 'range', x: width - 4, y: text, 'text-anchor': 'end' },
              s('tspan', { class: 'estimate' }, estimate ?? ''),
              cramped ? null : s('tspan', { dx: 6 }, `${low} … ${high}`),
            ),
          ]
        : [
            s('text', { class: 'estimate', x: width - 106, y: text, 'text-anchor': 'end' }, estimate ?? ''),
            s('text', { class: 'range', x: width - 4, y: text, 'text-anchor': 'end' }, `${low} … ${high}`),
          ]),
    )
  }
}

/** The same numbers as a table. */
export function intervalTable(answer: Answer): HTMLTableElement {
  const head = ['', 'Flights', 'Estimate', 'Low', 'High'].map((title) => h('th', { scope: 'col' }, title))
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head)),
    h(
      'tbody',
      {},
      ...answer.intervals.map((each) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, each.label),
          h('td', {}, each.flights.toLocaleString('en')),
          h('td', {}, formatted(each.estimate, answer.unit)),
          h('td', {}, formatted(each.low, answer.unit)),
          h('td', {}, formatted(each.high, answer.unit)),
        ),
      ),
    ),
  )
}

function summary(answer: Answer): string {
  const worst = answer.intervals.reduce<Interval | undefined>(
    (most, each) => (most === undefined || each.estimate > most.estimate ? each : most),
    undefined,
  )
  if (worst === undefined) return 'No flights'
  const value = formatted(worst.estimate, answer.unit)
  return `${answer.intervals.length} confidence intervals. Highest: ${worst.label} at ${value}. The table below has all numbers.`
}

/** Returns round numbers that enclose both ends, about as many as asked for. */
export function axisTicks(low: number, high: number, wanted: number): number[] {
  const span = high - low || 1
  const rough = span / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const start = Math.floor(low / step)
  const end = Math.ceil(high / step)
  return Array.from({ length: end - start + 1 }, (_, index) => Number(((start + index) * step).toPrecision(12)))
}

function tickLabel(tick: number, unit: Answer['unit']): string {
  return unit === 'share' ? `${Math.round(tick * 100)} %` : String(tick).replace('-', '\u2212')
}
