import { useState } from 'react'
import type { ChosenFolder } from '../../src-preload/contract/selection.ts'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { selectedProfile } from '../stores/profile-store.ts'
import { visibleName } from '../text/visible-name.ts'
import { TypedFolderDialog } from './typed-folder-dialog.tsx'
import { useFrom, useWindow } from './window-context.ts'

interface FolderFieldProps {
  label: string
  folder: ChosenFolder | null
  problem?: string | null
  hint?: string
  purpose?: 'sync' | 'command' | 'project' | 'export'
  onFolder: (folder: ChosenFolder) => void
}

/** A folder of this computer, by handle; on the playground the sample site is offered. */
export function FolderField({
  label,
  folder,
  problem = null,
  hint,
  purpose = 'sync',
  onFolder,
}: FolderFieldProps) {
  const { stores, commands } = useWindow()
  const profile = useFrom((all) => all.profiles, selectedProfile)
  const [asking, setAsking] = useState(false)
  const question = useFrom(
    (all) => all.view,
    (state) => state.folderQuestion,
  )
  const choose = async () => {
    setAsking(true)
    const chosen = await commands.pickFolder(purpose)
    setAsking(false)
    if (chosen !== null) onFolder(chosen)
  }
  const useSample = async () => {
    const result = await stores.profiles.getState().startPlayground()
    if (result.ok) onFolder(result.value.sampleSite)
    else commands.fail(result.error)
  }
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(ids) => (
        <div className="row">
          <output {...ids} className="grow truncate folder-name">
            {folder === null ? (
              <span className="muted">None chosen</span>
            ) : (
              <bdi>{visibleName(folder.name)}</bdi>
            )}
          </output>
          {purpose === 'sync' && profile?.credentialSource.type === 'playground' ? (
            <Button onClick={() => void useSample()}>Use the sample site</Button>
          ) : null}
          <Button onClick={() => void choose()}>Choose folder…</Button>
          {/* Inside of the dialog that asks, so that the focus knows its way back. */}
          {asking && question === purpose ? <TypedFolderDialog purpose={purpose} /> : null}
        </div>
      )}
    </Field>
  )
}
