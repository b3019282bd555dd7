import { useState } from 'react'
import type { FolderPurpose } from '../../src-preload/contract/selection.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { TextField } from '../components/field.tsx'
import { useWindow } from './window-context.ts'

const uses: { readonly [Purpose in FolderPurpose]: string } = {
  sync: 'whose files are published',
  download: 'where the files go',
  command: 'in which the command runs',
  project: 'with the Django project, where manage.py is',
  export: 'where the settings are saved',
}

/** Where there is no system dialog, a folder is typed; the host checks it. */
export function TypedFolderDialog({ purpose }: { purpose: FolderPurpose }) {
  const { stores } = useWindow()
  const [path, setPath] = useState('')
  const answer = stores.view.getState().answerFolderPath
  return (
    <Dialog
      title="Choose folder"
      description={`The folder on the computer that runs Pail ${uses[purpose]}.`}
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
