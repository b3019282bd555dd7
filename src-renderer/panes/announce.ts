import type { AppError } from '../../src-preload/contract/app-error.ts'
import { toasts } from '../components/toast-region.tsx'
import { errorText } from '../text/error-text.ts'
import type { ToastText } from '../text/link-text.ts'
import { visibleName } from '../text/visible-name.ts'

/** What can be done from a toast besides reading it. */
export interface ToastAction {
  readonly label: string
  readonly act: () => void
}

/** Says that something was done; with a function it can be taken back from the toast, with an action something more done. */
export function announceDone(text: ToastText, action?: (() => void) | ToastAction): void {
  const { label, act } = typeof action === 'function' ? { label: 'Undo', act: action } : (action ?? noAction)
  const id = toasts.add({
    title: text.title,
    description: text.body,
    priority: 'low',
    ...(action === undefined
      ? {}
      : {
          actionProps: {
            children: label,
            onClick: () => {
              toasts.close(id)
              act()
            },
          },
        }),
  })
}

/**
 * Says that something is not as it was meant to be; the person may want it all the same. With an id it takes the place of
 * what was said under it before.
 */
export function announceProblem(text: ToastText, { label, act }: ToastAction, place?: string): void {
  const id = toasts.add({
    ...(place === undefined ? {} : { id: place }),
    type: 'error',
    title: text.title,
    description: visibleName(text.body),
    priority: 'high',
    timeout: 12_000,
    actionProps: {
      children: label,
      onClick: () => {
        toasts.close(id)
        act()
      },
    },
  })
}

/**
 * Says that something goes on, and how far it is by now, until it is ended; the person may stop it. Each time it takes the
 * place of what was said under the id.
 */
export function announceRunning(text: ToastText, { label, act }: ToastAction, place: string): void {
  toasts.add({
    id: place,
    title: text.title,
    description: text.body,
    priority: 'low',
    timeout: 0,
    actionProps: { children: label, onClick: act },
  })
}

/** What was said under an id is over. */
export function announceOver(place: string): void {
  toasts.close(place)
}

const noAction: ToastAction = { label: '', act: () => undefined }

/** Says that something could not be done: for actions that have no place of their own for an error. */
export function announceError(error: AppError, copyDetails: () => void): void {
  if (error.code === 'cancelled') return
  const text = errorText(error.code)
  toasts.add({
    type: 'error',
    title: text.happened,
    description: `${text.next} ${visibleName(error.message)}${error.s3Code === undefined ? '' : ` (${error.s3Code})`}`,
    priority: 'high',
    timeout: 12_000,
    actionProps: { children: 'Copy details', onClick: copyDetails },
  })
}
