import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Note } from '../components/note.tsx'
import { visibleName } from '../text/visible-name.ts'
import { useFrom } from './window-context.ts'

/** What the application has to say once, such as a settings file that was set aside. */
export function Notices() {
  const notices = useFrom(
    (all) => all.app,
    (state) => state.info?.notices,
  )
  const [read, setRead] = useState<readonly string[]>([])
  const unread = (notices ?? []).filter((notice) => !read.includes(notice))
  if (unread.length === 0) return null
  return (
    <div className="app-notices">
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
