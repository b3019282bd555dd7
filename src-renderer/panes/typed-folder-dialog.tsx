import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { TextField } from '../components/field.tsx'
import { useWindow } from './window-context.ts'

/** Where there is no system dialog, a folder is typed; the host checks it. */
export function TypedFolderDialog({ purpose }: { purpose: 'sync' | 'download' }) {
  const { stores } = useWindow()
  const [path, setPath] = useState('')
  const answer = stores.view.getState().answerFolderPath
  return (
    <Dialog
      title="Choose folder"
      description={
        purpose === 'sync'
          ? 'The folder on the computer that runs Pail whose files are published.'
          : 'The folder on the computer that runs Pail where the files go.'
      }
      onClose={() => answer(null)}
      onSubmit={() => {
        if (path.trim() !== '') answer(path.trim())
      }}
      footer={
        <>
          <Button onClick={() => answer(null)}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={path.trim() === ''}>
            Choose
          </Button>
        </>
      }
    >
      <TextField label="Folder path" value={path} onValue={setPath} placeholder="/home/me/site/static" />
    </Dialog>
  )
}
