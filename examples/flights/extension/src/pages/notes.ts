import type { Note } from '../actions'
import { formatTime, h } from '../dom'
import type { Gateways } from '../gateway'
import { asProblem, problemView } from '../problem'

const LONGEST = 500

/** Write a note, and read all of them. The form has no author: the gateway knows who writes. */
export function notes(gateways: Gateways): HTMLElement {
  const list = h('div', { class: 'notes', 'aria-live': 'polite' }, h('p', { class: 'loading' }, 'Reading the notes…'))

  async function refresh(): Promise<void> {
    try {
      const found = await gateways.asUser.call('list_notes', {})
      list.replaceChildren(noteList(found.notes))
    } catch (reason) {
      list.replaceChildren(problemView(reason))
    }
  }

  void refresh()
  return h(
    'div',
    {},
    h('h1', {}, 'Notes'),
    h(
      'p',
      { class: 'lead' },
      'Everybody reads, the group Network Planning writes. The author is whoever the handle proves, not a field of the form.',
    ),
    h(
      'div',
      { class: 'columns' },
      noteForm(gateways, refresh),
      h('section', { 'aria-label': 'All notes' }, h('h2', {}, 'All notes'), list),
    ),
  )
}

function noteForm(gateways: Gateways, written: () => Promise<void>): HTMLElement {
  const subject = h('input', {
    id: 'subject',
    name: 'subject',
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    maxlength: 7,
  })
  const text = h('textarea', { id: 'text', name: 'text', rows: 4, maxlength: LONGEST })
  const fields = new Map([
    ['/subject', field(subject, 'Airline or route', "An airline's code, such as UA, or a route, such as EWR-SFO.")],
    ['/text', field(text, 'Note', `At most ${LONGEST} characters.`)],
  ])
  const button = h('button', { type: 'button', click: () => void save() }, 'Save the note')
  const outcome = h('div', { class: 'result', 'aria-live': 'polite' })

  async function save(): Promise<void> {
    if (button.disabled) return // one note at a time, however often Enter is pressed
    for (const each of fields.values()) each.clear()
    outcome.replaceChildren()
    button.disabled = true
    try {
      const note = await gateways.asUser.call('add_note', { subject: subject.value, text: text.value })
      text.value = ''
      outcome.replaceChildren(h('p', { class: 'success' }, `Saved as ${note.author}.`))
      await written()
    } catch (reason) {
      const problem = asProblem(reason)
      const wrong = fields.get(problem.pointer)
      if (wrong === undefined) outcome.replaceChildren(problemView(problem))
      else wrong.refuse(`${problem.detail} ${problem.hint}`.trim())
    } finally {
      button.disabled = false
    }
  }

  // Not a form's own submission: Looker's sandbox forbids it, and there is nothing to navigate to.
  const form = h(
    'div',
    {
      role: 'form',
      'aria-label': 'New note',
      class: 'card form',
      keydown: (event) => {
        if (event instanceof KeyboardEvent && event.key === 'Enter' && (event.target === subject || event.ctrlKey)) {
          event.preventDefault()
          void save()
        }
      },
    },
    h('h2', {}, 'New note'),
    ...[...fields.values()].map((each) => each.element),
    button,
    outcome,
  )
  return form
}

interface Field {
  element: HTMLElement
  /** Says at the field why it was refused, and goes there. */
  refuse: (why: string) => void
  clear: () => void
}

function field(control: HTMLInputElement | HTMLTextAreaElement, label: string, help: string): Field {
  const hint = h('p', { id: `${control.id}-help`, class: 'help' }, help)
  const error = h('p', { id: `${control.id}-error`, class: 'field-error', role: 'alert' })
  control.setAttribute('aria-describedby', `${hint.id} ${error.id}`)
  return {
    element: h('div', { class: 'field' }, h('label', { for: control.id }, label), control, hint, error),
    refuse: (why) => {
      error.textContent = why
      control.setAttribute('aria-invalid', 'true')
      control.focus()
    },
    clear: () => {
      error.textContent = ''
      control.removeAttribute('aria-invalid')
    },
  }
}

function noteList(found: Note[]): HTMLElement {
  if (found.length === 0) return h('p', { class: 'empty' }, 'No notes yet.')
  return h(
    'ol',
    { class: 'note-list' },
    ...found.map((note) =>
      h(
        'li',
        { class: 'card' },
        h('p', { class: 'note-head' }, h('code', { class: 'rule' }, note.subject)),
        h('p', { class: 'note-text' }, note.text),
        h(
          'p',
          { class: 'muted' },
          h('strong', {}, note.author),
          ' · ',
          h('time', { datetime: note.at }, formatTime(note.at)),
        ),
      ),
    ),
  )
}
