import type { ReactNode } from 'react'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { ErrorNote } from '../components/note.tsx'
import { useWindow } from './window-context.ts'

interface ErrorHereProps {
  error: AppError | null
  onRetry?: () => void
  actions?: ReactNode
}

/** An error where the action was; nothing when there is none. */
export function ErrorHere({ error, onRetry, actions }: ErrorHereProps) {
  const { commands } = useWindow()
  if (error === null || error.code === 'cancelled') return null
  return (
    <ErrorNote
      error={error}
      onCopyDetails={() => commands.copyDetails(error)}
      {...(onRetry === undefined ? {} : { onRetry })}
      {...(actions === undefined ? {} : { actions })}
    />
  )
}
