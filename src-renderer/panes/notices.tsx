import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Note } from '../components/note.tsx'
import { visibleName } from '../text/visible-name.ts'
import { ErrorHere } from './error-here.tsx'
import { useFrom, useWindow } from './window-context.ts'

/** What the application has to say once, such as a settings file that was set aside. */
export function Notices() {
  const { stores } = useWindow()
  const notices = useFrom(
    (all) => all.app,
    (state) => state.info?.notices,
  )
  const [read, setRead] = useState<readonly string[]>([])
  const unread = (notices ?? []).filter((notice) => !read.includes(notice))
  const appError = useFrom(
    (all) => all.app,
    (state) => state.error,
  )
  const destinationError = useFrom(
    (all) => all.destinations,
    (state) => state.error,
  )
  if (unread.length === 0 && appError === null && destinationError === null) return null
  return (
    <div className="app-notices">
      <ErrorHere error={appError} onRetry={() => void stores.app.getState().load()} />
      <ErrorHere error={destinationError} onRetry={() => void stores.destinations.getState().load()} />
      {unread.map((notice) => (
        <Note
          key={notice}
          kind="warning"
          actions={<Button onClick={() => setRead([...read, notice])}>Dismiss</Button>}
        >
          {visibleName(notice)}
        </Note>
      ))}
    </div>
  )
}
