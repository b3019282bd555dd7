import type { AppError } from '../../src-preload/contract/app-error.ts'
import { toasts } from '../components/toast-region.tsx'
import { errorText } from '../text/error-text.ts'
import type { ToastText } from '../text/link-text.ts'
import { visibleName } from '../text/visible-name.ts'

/** Says that something was done; with `undo` it can be taken back from the toast. */
export function announceDone(text: ToastText, undo?: () => void): void {
  const id = toasts.add({
    title: text.title,
    description: text.body,
    priority: 'low',
    ...(undo === undefined
      ? {}
      : {
          actionProps: {
            children: 'Undo',
            onClick: () => {
              toasts.close(id)
              undo()
            },
          },
        }),
  })
}

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
